import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoSignIn } from '@fcode/gateway';
import type { Caller, Role } from '@fcode/http';

/** The people of the demo whom a visitor may be. `tier` is what the demo's ledger makes of them. */
export const personas = [
  { subject: 'm_mia', name: { en: 'Mia', zh: '米娅' }, tier: 'angel' },
  { subject: 'm_leo', name: { en: 'Leo', zh: '里奥' }, tier: 'core' },
  { subject: 'm_zoe', name: { en: 'Zoe', zh: '佐伊' }, tier: 'loyal' },
  { subject: 'm_kai', name: { en: 'Kai', zh: '小凯' }, tier: 'fan' },
  { subject: 'm_fay', name: { en: 'Fay', zh: '小菲' }, tier: 'fan' },
].map((persona) => ({ ...persona, roles: ['member'] }));

/** Who runs its campaigns: three, since a large grant needs two others than who asks. */
const ops = [
  { subject: 'ops_olga', name: { en: 'Olga', zh: '欧佳' } },
  { subject: 'ops_omar', name: { en: 'Omar', zh: '欧马' } },
  { subject: 'ops_ruth', name: { en: 'Ruth', zh: '如诗' } },
].map((persona) => ({ ...persona, roles: ['ops'] }));

const shop = 'shop_demo';
const lifetimeMs = 12 * 3_600_000;

const markerIn = (folder: string): string => join(folder, 'demo.json');

/** Whether the demo was loaded in this folder. */
export const isDemoFolder = (folder: string): boolean => existsSync(markerIn(folder));

/** From now on a visitor of this machine may be any of them. */
export const letSignIn = (folder: string): void =>
  writeFileSync(
    markerIn(folder),
    `${JSON.stringify({ signInAs: [...personas, ...ops].map(({ subject }) => subject) })}\n`,
  );

/** Sign-in as the demo's people, where a demo was loaded; a folder that was begun empty has none. */
export const signInHere = (folder: string, sign: (caller: Caller) => Promise<string>): DemoSignIn => {
  const rolesOf = (subject: string): Role[] | undefined => {
    if (subject === shop) return ['checkout'];
    if (ops.some((persona) => persona.subject === subject)) return ['ops'];
    return personas.some((persona) => persona.subject === subject) ? ['member'] : undefined;
  };
  return {
    personas,
    ops,
    shop,
    isOpen: () => isDemoFolder(folder),
    signIn: async (subject) => {
      const roles = rolesOf(subject);
      if (!roles) return undefined;
      const expiresAt = new Date(Date.now() + lifetimeMs).toISOString();
      return { token: await sign({ subject, roles }), subject, roles, expiresAt };
    },
  };
};
