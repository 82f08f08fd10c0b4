import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPolicy, type Policy } from '@fcode/policy';
import type { Embedded, Found } from './embedded.ts';
import { isDemoFolder, letSignIn } from './personas.ts';

/** A small community's history, so that a first look has something to look at: columns as `contribution import` takes them. */
export const ledgerFile = new URL('./ledger.csv', import.meta.url);

/** Our own file, so a row is a line and a comma ends a column. */
const ledger = (): Record<string, string>[] =>
  readFileSync(ledgerFile, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [source = '', ref = '', memberId = '', kind = '', occurredAt = ''] = line.split(',');
      return { source, ref, memberId, kind, occurredAt };
    });

/** A forum's moderator from the first day; the first hundred fans are pinned by hand. */
const angel = 'm_mia';

/** The document of this release, with a price that some of the demo's people can pay. Where it changes, its version does. */
export const demoPolicy: Policy = { ...defaultPolicy, version: defaultPolicy.version + 1, prices: { code: 30 } };

const day = 86_400_000;
const markerIn = (folder: string): string => join(folder, 'demo.loading');

/** Whether a demo was begun in this folder and not finished. */
export const isDemoHalfLoaded = ({ folder }: Found): boolean => existsSync(markerIn(folder));

/** Which policy a start goes by: the demo's where it is or will be loaded. */
export const policyFor =
  (wantsDemo: boolean) =>
  (found: Found): Policy =>
    (wantsDemo && found.isFirstStart) || isDemoHalfLoaded(found) || isDemoFolder(found.folder)
      ? demoPolicy
      : defaultPolicy;

/**
 * Tells the community's history and opens a campaign for thirty days, over HTTP like anybody. What broke off half way is
 * finished by the next call: each request has a name of its own, and when it began is kept beside the data until it is done.
 */
export const loadDemo = async ({ url, token, folder }: Embedded): Promise<void> => {
  const marker = markerIn(folder);
  if (!existsSync(marker)) writeFileSync(marker, String(Date.now()));
  const now = Number(readFileSync(marker, 'utf8'));
  const call = async (method: string, path: string, body: unknown, subject = 'ops_demo') => {
    const authorization = `Bearer ${await token({ subject, roles: ['ops'] })}`;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': `demo ${path}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`The demo could not be loaded: ${path} answered ${await response.text()}`);
    return (await response.json()) as { campaignId: string; grantId: string };
  };
  await call('POST', '/v1/contributions', { contributions: ledger() });
  await call('PUT', `/v1/members/${angel}/pins`, { pins: ['angel'], reason: 'Demo community' });
  await call('POST', '/v1/policy/cutoffs', {});
  const { campaignId } = await call('POST', '/v1/campaigns', {
    name: 'First drop',
    skus: ['PHONE-1'],
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + 30 * day).toISOString(),
    quota: 1000,
    allotment: { angel: 5, core: 3, loyal: 2, fan: 1 },
    buyerLimit: 2,
    holdSeconds: 900,
  });
  await call('POST', `/v1/campaigns/${campaignId}/publish`, {});
  // One asks, and another approves: the demo's people come later, and do the same.
  const grants = `/v1/campaigns/${campaignId}/grants`;
  const wish = { to: { bearer: 10 }, reason: 'For the press', reference: 'PRESS-1' };
  const { grantId } = await call('POST', grants, wish);
  await call('POST', `${grants}/${grantId}/approve`, {}, 'ops_olga');
  letSignIn(folder);
  rmSync(marker);
};
