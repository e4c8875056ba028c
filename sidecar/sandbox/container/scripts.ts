import { PROXY_PORT } from '../way-out.ts'

/**
 * What runs inside a container besides the commands. Written for the plainest shell (dash, BusyBox), with builtins only where a
 * call waits for it, and so that it works while no further process can be made.
 */

/** How the first process ends when the folders it sees are another computer's. */
export const STRANGE = 41
/** How it ends when one of them is not what it was when it was looked at. */
export const EXCHANGED = 42
/** What it prints when it is ready, before the numbers of its children. */
export const READY = 'oxbow-ready'

/**
 * The first process. It reaps what others leave, and lives as long as its input, which the sidecar holds: when that dies,
 * however it dies, the container ends with all in it. The numbers of its children are printed, since they must survive
 * every sweep. It gets a word and the path of a file that holds it: where they differ, the folders mounted are not the ones
 * we made. A third argument is the socket of the way out, which commands reach at a port of their own loopback,
 * by an image's socat. A fourth says what the paths after it must be: a name may have led elsewhere when the engine mounted it.
 * An engine that gives files numbers of its own, as the first path shows, is in another computer, where it cannot be told.
 */
export const INIT = `
read -r sign < "$2" || exit ${STRANGE}
[ "$sign" = "$1" ] || exit ${STRANGE}
way=$3 expected=$4
shift 4
seen=$(stat -c %d:%i "$@" 2>/dev/null)
line='
'
[ "\${seen%%"$line"*}" != "\${expected%%"$line"*}" ] || [ "$seen" = "$expected" ] || exit ${EXCHANGED}
exec 3<&0
cat <&3 >/dev/null &
keep=$!
if [ -n "$way" ] && command -v socat >/dev/null 2>&1; then
  socat TCP-LISTEN:${PROXY_PORT},bind=127.0.0.1,reuseaddr,fork,max-children=64 "UNIX-CONNECT:$way" </dev/null >/dev/null 2>&1 &
  keep="$keep $!"
fi
echo "${READY} $keep"
wait \${keep%% *}
`

/**
 * Lists in \`left\` the processes that a call (\`mark\`, its root \`root\`) leaves: those under its root, and those that lost
 * their parent and do not bear the mark of another call that still runs. \`keep\` are the first process's children.
 */
const LOOK = `
look() {
  all= tops= left=
  for folder in /proc/[0-9]*; do
    pid=\${folder#/proc/} text=
    { while read -r line || [ -n "$line" ]; do text="$text $line"; done < $folder/stat; } 2>/dev/null
    # A name stands in parentheses and may hold anything: what follows the last one is the system's.
    set -- \${text##*) }
    case "$1" in ''|Z|X) continue ;; esac
    eval "up_$pid=$2"
    all="$all $pid"
    [ "$2" = 0 ] || continue
    case "$pid" in 1|$$|"$root") ;; *) tops="$tops $pid" ;; esac
  done
  for pid in $all; do
    [ "$pid" = 1 ] || [ "$pid" = "$$" ] && continue
    at=$pid
    while :; do
      eval "next=\\\${up_$at:-1}"
      [ "$next" = 0 ] || [ "$next" = 1 ] && break
      at=$next
    done
    case " $keep " in *" $at "*) continue ;; esac
    if [ "$at" = "$root" ]; then
      [ "$pid" = "$root" ] || left="$left $pid"
    elif [ "$next" = 1 ]; then
      owned "$pid" || left="$left $pid"
    fi
  done
}
# Whether a process without a parent bears the mark of another call's guard, which is one that runs: only we start what has no
# parent in here. It can bear such a mark without right, as it can read it: then it ends with that call.
owned() {
  [ -n "$tops" ] || return 1
  borne=$(tr '\\0' '\\n' < /proc/$1/environ 2>/dev/null | grep -s '^OXBOW_CALL=') || return 1
  for top in $tops; do
    tr '\\0' '\\n' < /proc/$top/environ 2>/dev/null | grep -qsxF "$borne" && return 0
  done
  return 1
}
clean() {
  tries=0
  while look; [ -n "$left" ]; do
    kill -KILL $left 2>/dev/null
    tries=$((tries + 1))
    [ $tries -lt 200 ] || return 1
  done
}
`

/**
 * Runs one command and ends what it leaves behind. If that cannot be done it dies by a signal, which the sidecar takes for a
 * call whose leftovers it must end. What it says itself is nobody's output. Its own signals are caught, so that \`kill 0\` of a command does not take it along.
 */
const callScript = (before: string, after: string): string => `
mark=$OXBOW_CALL keep=$OXBOW_KEEP line=$OXBOW_COMMAND root=$$
unset OXBOW_COMMAND OXBOW_KEEP OXBOW_GUARD
trap : HUP INT QUIT TERM
${LOOK}
${before}
if command -v bash >/dev/null 2>&1; then bash -c "$line"${after}; else sh -c "$line"${after}; fi
code=$?
clean || kill -KILL $$
exit $code
`

/** Without input or terminal, all output on one stream in its order. */
export const CALL = callScript('exec 2>/dev/null', ' </dev/null 2>&1')
/** With input from a pipe, all output on one stream. */
export const PIPED = callScript('exec 2>/dev/null', ' 2>&1')
/** With a terminal. */
export const TERMINAL = callScript('exec 3>&2 2>/dev/null', ' 2>&3 3>&-')

/**
 * Ends the call of a mark: SIGTERM, a moment to tidy up, SIGKILL to all of it. Fails when something is still left, for which
 * the container is ended.
 */
export const END = `
exec 2>/dev/null
unset OXBOW_GUARD
mark=$OXBOW_END keep=$OXBOW_KEEP root=none
${LOOK}
look
for top in $tops; do
  tr '\\0' '\\n' < /proc/$top/environ 2>/dev/null | grep -qs "^OXBOW_CALL=$mark\\$" && root=$top
done
look
if [ "$root" != none ]; then
  [ -n "$left" ] && kill -TERM $left 2>/dev/null
  sleep 0.05
fi
clean || exit 1
[ "$root" = none ] || kill -KILL $root 2>/dev/null
clean
`

/** How one of these is started: by way of the environment, so that a list of processes shows a short line. */
export const GUARD = ['/bin/sh', '-c', 'eval "$OXBOW_GUARD"']
