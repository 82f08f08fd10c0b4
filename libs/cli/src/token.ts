import type { Role } from '@fcode/http';
import { Command, InvalidArgumentError, Option } from 'commander';
import { localToken } from './local-token.ts';
import { document, write } from './output.ts';

const roles = ['member', 'checkout', 'ops', 'connector'] as const satisfies Role[];

const lifetime = (text: string): string => {
  if (!/^[1-9]\d{0,5}[smhd]$/.test(text)) throw new InvalidArgumentError('It must be written as 30m, 12h or 7d.');
  return text;
};

export const tokenCommand = (): Command =>
  new Command('token')
    .description("Sign a token with this machine's own secret (FCODE_JWT_SECRET, or secrets.json in FCODE_DATA)")
    .addOption(new Option('--role <role...>', 'what it may do').choices(roles).makeOptionMandatory())
    .requiredOption('--subject <id>', "whose it is: a member's, shop's or operator's id")
    .option('--lifetime <time>', 'how long it is good for', lifetime, '12h')
    .action(async (given: { role: Role[]; subject: string; lifetime: string }, command: Command) => {
      const token = await localToken({ subject: given.subject, roles: given.role }, given.lifetime);
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      write(json ? document({ token, subject: given.subject, roles: given.role }) : token);
    });
