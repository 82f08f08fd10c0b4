import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Guarded {
  /** Of the shell that stands over the program. */
  pid: number;
  /** Resolves when the program is gone, by whichever way. */
  exited: Promise<unknown>;
  /** Asks it to end; resolves when it has. */
  stop: () => Promise<void>;
  /** Ends it as a crash would (`kill -9`); resolves when it is gone. */
  kill: () => Promise<void>;
}

export interface GuardedOptions {
  /** A file descriptor for what the program prints; absent: nowhere. */
  output?: number;
  /** A folder that is to go with the program, should this process end without a word. */
  scratch?: string;
  cwd?: string;
}

/**
 * $1 is the scratch folder, the rest the program. The reader holds our end of the pipe: one of our words says what we
 * want, and the end of the pipe without a word says that we are gone.
 */
const guard = `
scratch=$1; shift
exec 3<&0
"$@" 3<&- <&- & program=$!
(
  read -r word <&3
  case $word in
    gone) exit ;;
    kill) kill -9 "$program" 2>/dev/null; exit ;;
  esac
  kill "$program" 2>/dev/null
  [ "$word" = stop ] && exit
  tries=0
  while kill -0 "$program" 2>/dev/null; do
    tries=$((tries + 1)); [ "$tries" -eq 20 ] && kill -9 "$program" 2>/dev/null
    sleep 1
  done
  [ -n "$scratch" ] && rm -rf "$scratch"
) >/dev/null 2>&1 &
wait "$program"`;

/** Starts a program that ends with this process, `kill -9` included: it runs below a shell that watches a pipe we hold. */
export const startGuarded = (
  command: [program: string, ...args: string[]],
  { output, scratch = '', cwd }: GuardedOptions = {},
): Guarded => {
  const to = output ?? 'ignore';
  const child = spawn('sh', ['-c', guard, 'guard', scratch, ...command], {
    stdio: ['pipe', to, to],
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const { stdin } = child;
  // The shell may be gone before it hears our last word.
  stdin?.on('error', () => {});
  let said = false;
  const say = (word: 'stop' | 'kill' | 'gone') => {
    if (!said) stdin?.end(`${word}\n`);
    said = true;
  };
  const exited = once(child, 'exit').finally(() => say('gone'));
  const end = (word: 'stop' | 'kill') => async () => {
    say(word);
    await exited;
  };
  return { pid: child.pid as number, exited, stop: end('stop'), kill: end('kill') };
};

/** Whether there is such a process, be it somebody else's. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
