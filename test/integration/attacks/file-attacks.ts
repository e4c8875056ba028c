import { type Box, openFile, replaceFile } from '../../../sidecar/sandbox/index.ts'
import { type Attack, BROKE, EVIL, everywhere, perl, SECRET } from './attack.ts'
import type { World } from './world.ts'

/** On files: outside of the workspace, and those in it that run later. */
export const FILE_ATTACKS: readonly Attack[] = [
  {
    kind: 'read',
    title: 'cat and cp of keys, of Oxbow’s own files and of another workspace',
    command: ({ secrets }) => `echo TRIED; ${secrets.map((path) => `cat '${path}'; cp '${path}' s && cat s`).join('; ')}`,
    broke: SECRET,
  },
  {
    kind: 'read',
    title: 'a search from the root of all of it',
    command: ({ root }) => `echo TRIED; grep -rs SECRET- '${root}' | head -n 5`,
    broke: SECRET,
  },
  {
    kind: 'write',
    title: 'plain writes to system, home and other folders',
    command: ({ root, person }) =>
      `echo TRIED; for at in '${root}' '${person}' /etc /usr/bin /var/lib /opt; do echo evil > $at/evil; done; cp /bin/sh '${root}/evil'`,
    broke: EVIL,
  },
  {
    kind: 'write',
    title: 'settings of the kernel',
    command: () =>
      'echo TRIED; for at in kernel/core_pattern vm/overcommit_memory kernel/hostname; do cat /proc/sys/$at > old; (cat old > /proc/sys/$at) 2>/dev/null && echo BROKE $at; done',
    broke: BROKE,
  },
  {
    kind: 'links',
    title: 'a symbolic link to outside, read and written through',
    command: ({ root, secrets }) =>
      `ln -sfn '${root}' out; ln -sf '${secrets[0]}' soft; echo TRIED; echo evil > out/evil; cat soft out/person/.ssh/*`,
    broke: (world, result) => EVIL(world) ?? SECRET(world, result),
  },
  {
    kind: 'links',
    title: 'a hard link to a secret, a move out and back',
    command: ({ root, secrets }) =>
      `echo TRIED; ln -f '${secrets[0]}' hard; cat hard; echo evil > m; mv m '${root}/evil'; mv '${secrets[0]}' stolen; cat stolen`,
    broke: (world, result) => EVIL(world) ?? SECRET(world, result),
  },
  {
    kind: 'links',
    title: 'links in place of start-up files, met by the next call',
    command: ({ home, secrets }) =>
      `ln -sfn '${home}' .zlogin; ln -sf '${secrets[0]}' .zshenv; ln -sf /etc/shadow .profile; echo TRIED`,
    next: () =>
      "cat .zlogin/oxbow.db .zshenv; echo evil > .zlogin/evil; grep -q '^root:' .profile && echo BROKE shadow; rm -f .zlogin .zshenv .profile",
    broke: (world, result) => EVIL(world) ?? SECRET(world, result) ?? BROKE(world, result),
  },
  {
    kind: 'links',
    title: 'a link in the workspace, opened by a file tool',
    command: ({ secrets }) => `rm -f trap; ln -s '${secrets[0]}' trap && echo TRIED; sleep 20`,
    during: async (world, box) => {
      await openFile(box, 'trap').then(
        ({ handle }) => handle.close().then(() => world.note('it was opened')),
        () => {},
      )
    },
    broke: (world) => world.noted,
  },
  {
    kind: 'races',
    title: 'a folder that is swapped for a link, as fast as can be',
    command: ({ outside }) => `${perl(SWAP(outside))}`,
    during: race,
    broke: (world) => world.noted,
    perl: true,
  },
  {
    kind: 'hooks',
    title: 'a hook in the repository, also by moving what holds it',
    command: (world) =>
      everywhere(
        world,
        'echo evil > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; mv .git/hooks .git/h; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit; mv .git g; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit; rm -rf .git/hooks; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit',
      ),
    broke: EVIL,
  },
  {
    kind: 'hooks',
    title: 'the repository’s settings and Oxbow’s own',
    command: (world) =>
      everywhere(
        world,
        'for at in .git/config .oxbow/config.toml; do echo evil >> $at; rm -f $at; echo evil > $at; echo evil > new; mv new $at; done; mv .oxbow o; mkdir .oxbow; echo evil > .oxbow/config.toml; rm -f new',
      ),
    broke: EVIL,
  },
  {
    kind: 'hooks',
    title: 'settings and hooks of submodules, of work trees and of nested repositories',
    command: (world) =>
      everywhere(
        world,
        'for at in .git/modules/sub .git/worktrees/tree nested/.git; do for name in config config.worktree hooks/pre-commit; do echo evil >> $at/$name; rm -f $at/$name; echo evil > $at/$name; done; mv $at moved; mkdir -p $at/hooks; echo evil > $at/config; done; echo evil > .git/config.worktree; mv .git/modules m; mkdir -p .git/modules/sub; echo evil > .git/modules/sub/config',
      ),
    broke: EVIL,
  },
  {
    kind: 'hooks',
    title: 'a file that sends git to settings of its own',
    command: (world) =>
      everywhere(world, 'mkdir -p c; echo evil > c/config; echo ../c > .git/commondir; echo evil >> .git/commondir; rm -rf c'),
    broke: EVIL,
  },
  {
    kind: 'fresh',
    title: 'a repository inside the workspace, with a hook',
    command: () =>
      'mkdir -p sub/.git/hooks && echo TRIED; echo evil > sub/.git/hooks/pre-commit && echo BROKE written; rm -rf sub',
    broke: BROKE,
  },
  {
    kind: 'startup',
    title: 'the workspace’s .bashrc, and those of the person',
    command: (world) =>
      `${everywhere(world, 'echo evil >> .bashrc; rm -f .bashrc; echo evil > .bashrc; echo evil > new; mv new .bashrc; rm -f new')}; for at in .bashrc .profile .zshrc .config/autostart/x.desktop; do echo evil >> '${world.person}/'$at; done`,
    broke: EVIL,
  },
  {
    kind: 'newcomers',
    title: 'an .envrc that was not there',
    command: () => 'echo TRIED; echo evil > .envrc && echo BROKE written; rm -f .envrc',
    broke: BROKE,
  },
]

/** Swaps a folder for a link to the outside and back, and a file in it, until it is ended. */
const SWAP = (outside: string): string =>
  `mkdir "folder"; symlink("${outside}", "folder-link"); open(my $f, ">", "folder/file"); print $f "mine"; close $f; print "RACING\\n"; my $end = time + 20; while (time < $end) { rename("folder", "folder-kept"); rename("folder-link", "folder"); rename("folder", "folder-link"); rename("folder-kept", "folder"); unlink("folder/file"); symlink("${outside}/file", "folder/file"); unlink("folder/file"); open(my $g, ">", "folder/file"); print $g "mine"; close $g; }`

/** Reads and writes by file tools while the paths are swapped: nothing from outside may come, and nothing get there. */
async function race(world: World, box: Box): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    await openFile(box, tries % 2 === 0 ? 'folder/file' : 'folder/only-there').then(
      async ({ handle }) => {
        if ((await handle.readFile('utf8')).includes(world.secret)) world.note('a file outside was read')
        await handle.close()
      },
      () => {},
    )
    await replaceFile(box, `folder/file-${tries % 7}`, Buffer.from('evil')).catch(() => {})
  }
}
