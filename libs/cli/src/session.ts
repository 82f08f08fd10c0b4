import { userInfo } from 'node:os';
import { createClient, type Fcode } from '@fcode/client';
import type { Role } from '@fcode/http';
import type { Command } from 'commander';
import { Advice } from './advice.ts';
import { localToken } from './local-token.ts';
import { document, printable, write } from './output.ts';

interface Globals {
  url: string;
  token?: string;
  json?: boolean;
  shop?: string;
}

const isLoopback = (url: string): boolean => {
  const host = URL.parse(url)?.hostname ?? '';
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
};

/** Whose the tokens are that are signed here. */
export const subjectHere = (): string => `cli_${userInfo().username}`;

/** How to give one answer: the document for programs, or what `forPeople` makes of it. */
export const showOf =
  (command: Command) =>
  <Answer>(answer: Answer, forPeople: (answer: Answer) => string): void =>
    write(command.optsWithGlobals<Globals>().json ? document(answer) : forPeople(answer));

/** The system that the options name, and where to write. Without a token, a local system is called in `role`. */
export const sessionOf = (command: Command, role: Role = 'ops') => {
  const { url, token, shop } = command.optsWithGlobals<Globals>();
  if (!URL.canParse(url)) command.error(`error: '${url}' is not an address, such as http://127.0.0.1:8080`);
  if (token !== undefined && shop !== undefined) {
    command.error("error: '--shop' is for the token that is signed here, and a token is given, which names its shop");
  }
  const signed = () => {
    if (isLoopback(url)) return localToken({ subject: shop ?? subjectHere(), roles: [role] }, '5m');
    throw new Advice(`A token is wanted for ${url}: give it with --token or FCODE_TOKEN.`);
  };
  const fcode: Fcode = createClient({ url, token: token ?? signed });
  return {
    fcode,
    /** As which shop a checkout is recorded; of a token that was given, only the system reads it. */
    asShop: token === undefined ? `, as shop ${printable(shop ?? subjectHere())}` : '',
    show: showOf(command),
  };
};
