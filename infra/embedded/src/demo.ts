import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedded } from './embedded.ts';

/** A small community, so that a first look has something to look at. */
export const demoMembers = [
  { memberId: 'm_mia', tier: 'angel' },
  { memberId: 'm_leo', tier: 'core' },
  { memberId: 'm_zoe', tier: 'loyal' },
  { memberId: 'm_kai', tier: 'fan' },
] as const;

const day = 86_400_000;
const markerIn = (folder: string): string => join(folder, 'demo.loading');

/** Whether a demo was begun in this folder and not finished. */
export const isDemoHalfLoaded = ({ folder }: Embedded): boolean => existsSync(markerIn(folder));

/**
 * Pins the community's tiers and opens a campaign for thirty days, over HTTP like anybody. What broke off half way is
 * finished by the next call: each request has a name of its own, and when it began is kept beside the data until it is done.
 */
export const loadDemo = async ({ url, token, folder }: Embedded): Promise<void> => {
  const marker = markerIn(folder);
  if (!existsSync(marker)) writeFileSync(marker, String(Date.now()));
  const now = Number(readFileSync(marker, 'utf8'));
  const authorization = `Bearer ${await token({ subject: 'ops_demo', roles: ['ops'] })}`;
  const call = async (method: string, path: string, body: unknown) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': `demo ${path}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`The demo could not be loaded: ${path} answered ${await response.text()}`);
    return (await response.json()) as { campaignId: string };
  };
  for (const { memberId, tier } of demoMembers) {
    if (tier !== 'fan') await call('PUT', `/v1/members/${memberId}/pins`, { pins: [tier], reason: 'Demo community' });
  }
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
  await call('POST', `/v1/campaigns/${campaignId}/batches`, { to: { bearer: 10 }, reason: 'For the press' });
  rmSync(marker);
};
