import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';

export interface Guarded {
  /** Of the shell that stands over the program. */
  pid: number;
  /** Resolves when the program is gone, by whichever way. */
  exited: Promise<unknown>;
  /** Stops the program where it stands (SIGSTOP), as a machine that hangs would; resolves when it stands still, or is gone. */
  pause: () => Promise<void>;
  /** Lets it go on (SIGCONT). */
  resume: () => Promise<void>;
  /** Asks it to end, paused or not; resolves when it has. */
  stop: () => Promise<void>;
  /** Ends it as a crash would (`kill -9`), paused or not; resolves when it is gone. */
  kill: () => Promise<void>;
}

export interface GuardedOptions {
  /** A file descriptor for what the program prints; absent: nowhere. */
  output?: number;
  /** A folder that is to go with the program, should this process end without a word. */
  scratch?: string;
  cwd?: string;
  /** How long it may take to end once it was asked to because this process is gone, before it is killed; 20 by default. */
  patienceSeconds?: number;
}

/**
 * $1 is the scratch folder, $2 the patience in seconds, the rest the program. The reader holds our end of the channel: each of our words says what we
 * want and is answered with a line when it is done; the end of the channel before "gone" says that we are gone. A program
 * that is paused hears no TERM until it goes on, so whoever asks it to end lets it go on as well.
 */
const guard = `
scratch=$1; patience=$2; shift 2
"$@" 3<&- & program=$!
(
  # An answer that nobody hears any more must not end the reader.
  trap '' PIPE
  while read -r word <&3; do
    case $word in
      gone) exit ;;
      pause) kill -STOP "$program" ;;
      resume) kill -CONT "$program" ;;
      stop) kill "$program"; kill -CONT "$program" ;;
      kill) kill -9 "$program" ;;
    esac
    echo done >&3
  done
  kill "$program"; kill -CONT "$program"
  tries=0
  while kill -0 "$program"; do
    tries=$((tries + 1)); [ "$tries" -eq "$patience" ] && kill -9 "$program"
    sleep 1
  done
  [ -n "$scratch" ] && rm -rf "$scratch"
) >/dev/null 2>&1 &
# This shell would keep the channel open for a reader that has ended.
exec 3<&-
wait "$program"`;

type Word = 'pause' | 'resume' | 'stop' | 'kill';

/**
 * Starts a program that ends with this process, `kill -9` included, and paused or not: it runs below a shell that
 * watches a channel we hold.
 */
export const startGuarded = (
  command: [program: string, ...args: string[]],
  { output, scratch = '', cwd, patienceSeconds = 20 }: GuardedOptions = {},
): Guarded => {
  const to = output ?? 'ignore';
  const child = spawn('sh', ['-c', guard, 'guard', scratch, String(patienceSeconds), ...command], {
    stdio: ['ignore', to, to, 'pipe'],
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  });
  // What Node makes of a pipe beyond the third can be written and read.
  const channel = child.stdio[3] as Socket;
  // The reader may be gone before it hears our last word.
  channel.on('error', () => {});
  const unanswered: (() => void)[] = [];
  channel.on('data', (answers: Buffer) => {
    for (const byte of answers) if (byte === newline) unanswered.shift()?.();
  });
  const exited = once(child, 'exit').finally(() => channel.end('gone\n'));
  const say = (word: Word): Promise<unknown> => {
    const done = new Promise<void>((resolve) => unanswered.push(resolve));
    channel.write(`${word}\n`);
    return Promise.race([done, exited]);
  };
  const signal = (word: Word) => async () => {
    await say(word);
  };
  const end = (word: Word) => async () => {
    await Promise.all([say(word), exited]);
  };
  return {
    pid: child.pid as number,
    exited,
    pause: signal('pause'),
    resume: signal('resume'),
    stop: end('stop'),
    kill: end('kill'),
  };
};

const newline = 0x0a;

/** Whether there is such a process, be it somebody else's. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
