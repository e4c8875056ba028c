#!/bin/busybox sh
# The first process of a microvm: loads what the kernel needs, finds its root and becomes the agent.
/bin/busybox mkdir -p /proc /sys /dev /tmp /run /root /var/tmp /etc
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/lib/modules/$module"; done < /lib/modules/order
root=
if [ -e /etc/oxbow-root ]; then
  i=0
  while [ ! -b /dev/vda ] && [ $i -lt 100 ]; do i=$((i + 1)); sleep 0.05; done
  mkdir -p /base /upper /whole
  mount -t ext4 -o ro,nosuid,nodev /dev/vda /base && mount -t tmpfs -o mode=755,size=50% upper /upper || reboot -f
  mkdir -p /upper/files /upper/work
  mount -t overlay -o lowerdir=/base,upperdir=/upper/files,workdir=/upper/work root /whole || reboot -f
  root=/whole
  mkdir -p $root/proc $root/sys $root/dev $root/tmp $root/run
  mount --move /proc $root/proc
  mount --move /sys $root/sys
  mount --move /dev $root/dev
  cp /oxbow-agent $root/run/oxbow-agent
else
  mkdir -p /run && cp /oxbow-agent /run/oxbow-agent
fi
mkdir -p $root/dev/pts $root/dev/shm $root/etc
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts $root/dev/pts
ln -sf pts/ptmx $root/dev/ptmx
ln -sf /proc/self/fd $root/dev/fd
ln -sf /proc/self/fd/0 $root/dev/stdin
ln -sf /proc/self/fd/1 $root/dev/stdout
ln -sf /proc/self/fd/2 $root/dev/stderr
mount -t tmpfs -o nosuid,nodev,mode=1777,size=6% shm $root/dev/shm
chmod 1777 $root/tmp $root/var/tmp 2> /dev/null
hostname microvm
# The one name there is: no guest asks a name server.
[ -e $root/etc/hosts ] || printf '127.0.0.1\tlocalhost microvm\n::1\tlocalhost\n' > $root/etc/hosts
# A user of the guest has no use for namespaces of its own, and its kernel has had many faults there.
echo 0 > $root/proc/sys/user/max_user_namespaces
ip link set lo up
i=0
while [ ! -e $root/dev/vport0p1 ] && [ $i -lt 100 ]; do i=$((i + 1)); sleep 0.05; done
if [ -n "$root" ]; then exec switch_root $root /run/oxbow-agent /dev/vport0p1; fi
exec /run/oxbow-agent /dev/vport0p1
