import { readFile } from 'node:fs/promises';
import type { Embedded } from '@fcode/embedded';
import { until } from '@fcode/testkit';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Calling, callingWith } from '../support/calling.ts';
import { faultsOf } from './support/faults.ts';
import { type ClaimedCode, claimCode, demoCampaign, newCodes, startSystem } from './support/system.ts';
import { openVisits, type Visit } from './support/visits.ts';
import { filled, type Language, wordsOf } from './support/words.ts';

type Words = (typeof wordsOf)[Language];

let system: Embedded;
let campaignId: string;
let olga: Calling;
let omar: Calling;
let shop: Calling;
let codes: string[];
/** Which Kai claimed, and bought with. */
let bought: ClaimedCode;

const done = (answer: Answer): Answer => {
  if (answer.status >= 300) throw new Error(answer.text);
  return answer;
};
const grantsPath = () => `/v1/campaigns/${campaignId}/grants`;
const pageOf = (grantId: string) => `/ops/campaigns/${campaignId}/grants/${grantId}`;

/** Olga asks for a grant. */
const ask = async (to: object, reference: string): Promise<string> =>
  String(done(await olga(system.url, 'POST', grantsPath(), { to, reason: 'Contest', reference })).body.grantId);
/** Omar approves it; its batch, once it is done. */
const approve = async (grantId: string): Promise<number> => {
  done(await omar(system.url, 'POST', `${grantsPath()}/${grantId}/approve`, {}));
  return until(async () => {
    const { body } = await omar(system.url, 'GET', `${grantsPath()}/${grantId}`);
    return body.status === 'done' ? Number(body.batch) : undefined;
  }, 'the grant to be done');
};
const checkoutSays = (verb: string, body: object): Promise<Answer> =>
  shop(system.url, 'POST', `/v1/checkout/${verb}`, body);

/** An order is paid when it has given its code back, and another has it. */
const loseHold = async (orderId: string): Promise<void> => {
  const order = { code: codes.pop(), sku: 'PHONE-1' };
  const held = done(await checkoutSays('hold', { ...order, orderId, buyer: { email: `${orderId}@example.com` } }));
  const { holdId } = held.body;
  done(await checkoutSays('release', { holdId, orderId }));
  done(await checkoutSays('redeem', { ...order, orderId: `${orderId}-B`, buyer: { email: 'first@example.com' } }));
  const late = await checkoutSays('confirm', { holdId, orderId });
  if (late.word !== 'hold_lost') throw new Error(late.text);
};

/** Somebody tries a code of a file that was given to nobody. */
const touchCanary = async (batch: number): Promise<void> => {
  const shown = done(await olga(system.url, 'GET', `/v1/campaigns/${campaignId}/batches/${batch}/canaries`));
  const [canary] = shown.body.items as { code: string }[];
  await until(async () => {
    const tried = await checkoutSays('redeem', {
      code: canary?.code,
      sku: 'PHONE-1',
      orderId: 'W-4711',
      buyer: { email: 'stranger@example.com' },
    });
    return tried.status === 404;
  }, 'checkout to know the batch');
};

let made: Record<'waiting' | 'named' | 'leaked', string>;
let leaked: number;

beforeAll(async () => {
  system = await startSystem({ hasDemo: true });
  campaignId = await demoCampaign(system);
  const as = async (subject: string, role: 'ops' | 'checkout') =>
    callingWith(await system.token({ subject, roles: [role] }));
  [olga, omar, shop] = await Promise.all([as('ops_olga', 'ops'), as('ops_omar', 'ops'), as('shop_demo', 'checkout')]);
  codes = await newCodes(system, campaignId, 6);
  made = {
    waiting: await ask({ members: [{ memberId: 'm_fay', codes: 2 }] }, 'PR-1'),
    named: await ask({ name: 'SPRING-2026', uses: 50, perBuyer: 1 }, 'PR-3'),
    leaked: await ask({ bearer: 20, canaries: 2 }, 'PR-4'),
  };
  await approve(made.named);
  leaked = await approve(made.leaked);
  bought = await claimCode(system, 'm_leo', campaignId);
  const order = { code: bought.code, sku: 'PHONE-1', orderId: 'W-1001', buyer: { memberId: 'm_kai' } };
  await until(async () => (await checkoutSays('redeem', order)).status === 200, 'checkout to know the code');
  await loseHold('W-2001');
  await touchCanary(leaked);
});
afterAll(() => system.stop());
const visitor = openVisits(() => system);

const button = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
const link = (within: Page | Locator, name: string): Locator => within.getByRole('link', { name, exact: true });
const field = (within: Page | Locator, name: string): Locator => within.getByLabel(name, { exact: true });
const asOps = (subject: string) => ({ 'fcode.ops': subject });

const lookUp = async ({ page, go }: Visit, words: Words, text: string): Promise<void> => {
  await go('/ops/look-up');
  await field(page, words.console.lookUp.what).fill(text);
  await button(page, words.console.lookUp.look).click();
};

interface State {
  name: string;
  operator: string;
  /** Goes there, from the state before; answers with what somebody would do next. */
  open: (visit: Visit, words: Words) => Promise<Locator>;
}

const states: State[] = [
  {
    name: 'new-grant-file',
    operator: 'ops_olga',
    open: async ({ page, go }, words) => {
      await go(`/ops/campaigns/${campaignId}/grants/new`);
      return button(page, words.console.grants.ask);
    },
  },
  {
    name: 'new-grant-segment',
    operator: 'ops_olga',
    open: async ({ page }, { console: { grants: words } }) => {
      await field(page, words.kind.segment).check();
      await page.getByTestId('segment-preview').getByText(/\d/).waitFor();
      return button(page, words.ask);
    },
  },
  {
    name: 'new-grant-incomplete',
    operator: 'ops_olga',
    open: async ({ page }, { console: { grants: words } }) => {
      await field(page, words.kind.named).check();
      await field(page, words.kind.bearer).check();
      await button(page, words.ask).click();
      await page.getByText(words.fault.reference).waitFor();
      return field(page, words.bearer);
    },
  },
  {
    name: 'grant-asked',
    operator: 'ops_olga',
    open: async ({ page, go }, words) => {
      await go(pageOf(made.waiting));
      return button(page, words.console.grants.cancel);
    },
  },
  {
    name: 'grant-to-approve',
    operator: 'ops_omar',
    open: async ({ page, go }, words) => {
      await go(pageOf(made.waiting));
      return button(page, words.console.grants.approve);
    },
  },
  {
    name: 'grant-done',
    operator: 'ops_olga',
    open: async ({ page, go }, words) => {
      await go(pageOf(made.leaked));
      return button(page, words.console.grants.export);
    },
  },
  {
    name: 'grant-revoke-dialog',
    operator: 'ops_olga',
    open: async ({ page }, words) => {
      await button(page, words.console.grants.revoke).click();
      await button(page.getByRole('dialog'), words.console.grants.revoke).click();
      return field(page.getByRole('dialog'), words.console.reason);
    },
  },
  {
    name: 'grant-export-dialog',
    operator: 'ops_olga',
    open: async ({ page, go }, { console: { grants: words } }) => {
      await go(pageOf(made.leaked));
      await button(page, words.export).click();
      await page.getByRole('dialog').getByText(words.exportCanaries).waitFor();
      return button(page.getByRole('dialog'), words.exportNow);
    },
  },
  {
    name: 'look-up-nothing',
    operator: 'ops_olga',
    open: async (visit, words) => {
      visit.watch.expect('404 /v1/checkout/names/W-9999');
      await lookUp(visit, words, 'W-9999');
      await visit.page.getByText(words.console.lookUp.noOrder).waitFor();
      return button(visit.page, words.console.lookUp.look);
    },
  },
  {
    name: 'look-up-code',
    operator: 'ops_olga',
    open: async (visit, words) => {
      await lookUp(visit, words, bought.code);
      await visit.page.locator('[data-type="reward.vested"]').waitFor();
      return link(visit.page, filled(words.console.lookUp.order, { order: 'W-1001' })).first();
    },
  },
  {
    name: 'look-up-member',
    operator: 'ops_olga',
    open: async (visit, words) => {
      await lookUp(visit, words, 'm_leo');
      await visit.page.locator('[data-type="code.claimed"]').first().waitFor();
      return button(visit.page, words.console.lookUp.revokeMember);
    },
  },
  {
    name: 'alerts',
    operator: 'ops_olga',
    open: async ({ page, go }, words) => {
      await go('/ops/alerts');
      await page.getByTestId('canary-touch').first().waitFor();
      return button(page, filled(words.console.alerts.reissueFor, { order: 'W-2001' }));
    },
  },
  {
    name: 'alerts-reissue-dialog',
    operator: 'ops_olga',
    open: async ({ page }, words) => {
      await button(page, filled(words.console.alerts.reissueFor, { order: 'W-2001' })).click();
      const dialog = page.getByRole('dialog');
      await button(dialog, words.console.alerts.reissue).click();
      return field(dialog, words.console.alerts.code);
    },
  },
  {
    name: 'audit',
    operator: 'ops_olga',
    open: async ({ page, go }, words) => {
      await go(`/ops/audit?campaignId=${campaignId}`);
      await page.locator('[data-action="grant.approved"]').first().waitFor();
      return button(page, words.console.audit.clear);
    },
  },
];

describe('in both languages', () => {
  it.for(['ops_olga', 'ops_omar'])('%s can read and use each page', async (operator, test) => {
    const faults: string[] = [];
    const visit = await visitor(test, { remembers: asOps(operator) });
    for (const { name, open } of states.filter((state) => state.operator === operator)) {
      const next = await open(visit, wordsOf.en);
      const found = await faultsOf(visit, next, 'en', `console-${name}`);
      faults.push(...found.map((fault) => `${name}: ${fault}`));
    }
    expect(faults).toEqual([]);
  });
});

const words = wordsOf.en.console;
const { grants: grantWords, lookUp: lookUpWords, alerts: alertWords } = words;

/** What the browser saved, as text. */
const savedBy = async (page: Page, save: () => Promise<void>): Promise<string> => (await fileBy(page, save)).text;
/** The same, with the name under which it was saved. */
const fileBy = async (page: Page, save: () => Promise<void>): Promise<{ name: string; text: string }> => {
  const [download] = await Promise.all([page.waitForEvent('download'), save()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
};

/** Chooses a kind of grant, and says why. */
const beginGrant = async ({ page, go }: Visit, kind: keyof typeof grantWords.kind, reference: string) => {
  await go(`/ops/campaigns/${campaignId}/grants/new`);
  await field(page, grantWords.kind[kind]).check();
  await field(page, words.reason).fill('Contest winners');
  await field(page, grantWords.reference).fill(reference);
};
const statusOf = (page: Page, status: string) => page.locator(`[data-testid="grant-page"][data-status="${status}"]`);

describe('a grant to the members of a file', () => {
  let address: string;

  it('is read row by row, and not approved by whoever asks', async (test) => {
    const visit = await visitor(test, { remembers: asOps('ops_olga') });
    const { page } = visit;
    await beginGrant(visit, 'file', 'PR-100');
    await button(page, grantWords.ask).click();
    await page.getByText(grantWords.fault.file).waitFor();
    const rows = ['member_id,codes', 'm_kai,2', 'm_zoe,many', '!!,1', 'm_fay,1', ''].join('\n');
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: 'members.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) });
    await button(page, grantWords.ask).click();
    await statusOf(page, 'waiting').waitFor();

    await page.getByText(filled(grantWords.rowsBad_other, { number: '4', bad: '2' }), { exact: true }).waitFor();
    await page.getByTestId('row').nth(3).waitFor();
    // Fay has done nothing yet. Of what gets nothing it is said where it stands, and what it is.
    expect(await page.locator('[data-testid="row"][data-unknown="true"]').innerText()).toMatch(/^5\s+m_fay\s/);
    await page.getByRole('columnheader', { name: grantWords.line, exact: true }).waitFor();
    expect(await page.locator('[data-testid="row"][data-result="no_count"]').innerText()).toMatch(/^3\s+m_zoe,many\s/);
    const results = await page
      .getByTestId('row')
      .evaluateAll((found) => found.map((row) => row.getAttribute('data-result')));
    expect(results).toEqual(['waiting', 'no_count', 'no_member', 'waiting']);
    await field(page, grantWords.rowsWanted).selectOption({ label: grantWords.result.invalid });
    await page.locator('[data-testid="row"][data-result="waiting"]').first().waitFor({ state: 'detached' });
    await page.getByTestId('row').nth(1).waitFor();
    expect(await page.getByTestId('row').count()).toBe(2);
    await page.getByText(filled(grantWords.rowsShown, { from: '1', to: '2', all: '2' }), { exact: true }).waitFor();
    await page.getByTestId('approval').getByText(grantWords.waitingTitle).waitFor();
    expect(await button(page, grantWords.approve).count()).toBe(0);
    expect(await field(page, grantWords.send).inputValue()).toBe(page.url());
    address = new URL(page.url()).pathname;
  });

  it('stands in the list of the campaign, as one that waits for the other', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_omar') });
    await go(`/ops/campaigns/${campaignId}`);
    await field(page, grantWords.show).selectOption({ label: grantWords.status.waiting });
    const mine = page.locator('[data-testid="grant"][data-for-you="true"]', { hasText: 'PR-100' });
    await mine.getByRole('link').click();
    await statusOf(page, 'waiting').waitFor();
    expect(new URL(page.url()).pathname).toBe(address);
  });

  it('gives its codes once another approves, and tells what became of each row', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_omar') });
    await go(address);
    await button(page, grantWords.approve).click();
    await button(page.getByRole('dialog'), grantWords.approve).click();
    await statusOf(page, 'done').waitFor();
    await page.locator('[data-testid="row"][data-result="granted"]').nth(1).waitFor();

    const results = await savedBy(page, () => button(page, grantWords.rowsSave).click());
    expect(results.split('\r\n').slice(0, 4)).toEqual([
      'row,member_id,codes,result,batch,from,line,text',
      expect.stringMatching(/^1,m_kai,2,granted,\d+,0,2,$/),
      '2,,,no_count,,,3,"m_zoe,many"',
      '3,,,no_member,,,4,"!!,1"',
    ]);
    expect(await page.getByTestId('exported').count()).toBe(0);
    const file = await fileBy(page, async () => {
      await button(page, grantWords.export).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(filled(grantWords.exportHas, { codes: '3 codes' }), { exact: true }).waitFor();
      await button(dialog, grantWords.exportNow).click();
    });
    expect(file.name).toMatch(/^fcodes-[\p{L}\p{N}._-]+-PR-100-\d+\.csv$/u);
    await page.getByTestId('exported').getByText('Omar').waitFor();
    const owners = file.text
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',').at(-1));
    expect(owners).toEqual(['m_kai', 'm_kai', 'm_fay']);

    const fan = await visitor(test, { remembers: { 'fcode.persona': 'm_kai' } });
    await fan.go('/fan');
    await fan.page.locator('[data-testid="code-row"][data-status="unused"]').nth(1).waitFor();
  });

  it('leads from the codes of a row to the first of them and to the last', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_omar') });
    await go(address);
    const ofKai = page.getByTestId('row').first().getByRole('link');
    await ofKai.nth(1).waitFor();
    expect((await ofKai.allInnerTexts()).map((code) => code.split('.')[1])).toEqual(['0', '1']);
    const last = await ofKai.nth(1).innerText();
    await ofKai.nth(1).click();
    await page.getByTestId('found-code').waitFor();
    expect(await field(page, lookUpWords.what).inputValue()).toBe(last);
  });

  it('is revoked as a whole, with a reason', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_omar') });
    await go(address);
    await button(page, grantWords.revoke).click();
    const dialog = page.getByRole('dialog');
    await button(dialog, grantWords.revoke).click();
    await dialog.getByText(grantWords.fault.reason).waitFor();
    await field(dialog, words.reason).fill('Posted in public');
    await button(dialog, grantWords.revoke).click();
    await page.getByTestId('revoked').getByText('Posted in public').waitFor();
    expect(await button(page, grantWords.revoke).count()).toBe(0);

    const fan = await visitor(test, { remembers: { 'fcode.persona': 'm_kai' } });
    await fan.go('/fan');
    await fan.page.locator('[data-testid="code-row"][data-status="revoked"]').nth(1).waitFor();
  });

  it('is in the audit log with what both did', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_ruth') });
    await go(`/ops/audit?campaignId=${campaignId}`);
    const done = (action: string, who: string, text: string) =>
      page.locator(`[data-action="${action}"][data-who="${who}"]`, { hasText: text }).first().waitFor();
    await done('grant.requested', 'ops_olga', 'PR-100');
    await done('grant.approved', 'ops_omar', words.audit.value.granted);
    await done('batch.exported', 'ops_omar', words.audit.value.codes);
    await done('batch.revoked', 'ops_omar', 'Posted in public');

    await field(page, words.audit.by).selectOption('ops_olga');
    await page.locator('[data-who="ops_omar"]').first().waitFor({ state: 'detached' });
    expect(new URL(page.url()).searchParams.get('by')).toBe('ops_olga');
    await field(page, words.audit.from).fill('2020-01-02T00:00');
    await field(page, words.audit.to).fill('2020-01-01T00:00');
    await page.getByText(words.audit.backward).waitFor();
    await field(page, words.audit.to).fill('2020-01-03T00:00');
    await page.getByText(words.audit.noneText).waitFor();
    const csv = await savedBy(page, async () => {
      await button(page, words.audit.clear).click();
      await button(page, words.audit.export).click();
      await button(page.getByRole('dialog'), words.audit.exportNow).click();
    });
    expect(csv).toContain('Posted in public');
    await field(page, words.audit.by).selectOption('ops_olga');
    await page.locator('[data-who="ops_omar"]').first().waitFor({ state: 'detached' });
    const olgas = await savedBy(page, async () => {
      await button(page, words.audit.export).click();
      await page.getByRole('dialog').getByText(words.audit.exportSome).waitFor();
      await button(page.getByRole('dialog'), words.audit.exportNow).click();
    });
    expect(olgas).toContain('ops_olga');
    expect(olgas).not.toContain('Posted in public');
  });
});

describe('a grant with a member who is mistyped', () => {
  let address: string;

  it('says so before anybody approves, and in which row', async (test) => {
    const visit = await visitor(test, { remembers: asOps('ops_olga') });
    const { page } = visit;
    await beginGrant(visit, 'file', 'PR-101');
    const rows = 'member_id,codes\nm_zoe,1\n\nm_kia,2\nm_leo,1\n';
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: 'members.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) });
    await button(page, grantWords.ask).click();
    await statusOf(page, 'waiting').waitFor();
    await page
      .getByTestId('unknown')
      .getByText(/1 of the members has never been seen here/)
      .waitFor();
    const mistyped = page.locator('[data-testid="row"][data-unknown="true"]');
    expect(await mistyped.innerText()).toMatch(/^4\s+m_kia\s+Never seen here\s+2\s/);
    await field(page, grantWords.rowsWanted).selectOption({ label: grantWords.result.unknown });
    await page.locator('[data-testid="row"]:not([data-unknown])').first().waitFor({ state: 'detached' });
    await mistyped.waitFor();
    expect(await page.getByTestId('row').count()).toBe(1);
    address = new URL(page.url()).pathname;
  });

  it('is cancelled by whoever was to approve, says why, and its reference is free again', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_omar') });
    await go(address);
    await button(page, grantWords.approve).click();
    await page
      .getByRole('dialog')
      .getByText(/1 of the members has never been seen here/)
      .waitFor();
    await button(page.getByRole('dialog'), words.cancel).click();
    await button(page, grantWords.cancel).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(grantWords.cancelAgain).waitFor();
    await field(dialog, words.reason).fill('m_kia is m_kai');
    await button(dialog, grantWords.cancel).click();
    await statusOf(page, 'cancelled').waitFor();
    await page.getByText(filled(grantWords.cancelledWhy, { reason: 'm_kia is m_kai' }), { exact: true }).waitFor();
    await page.getByTestId('grant-facts').getByText(grantWords.askedWhy).waitFor();

    const olgas = await visitor(test, { remembers: asOps('ops_olga') });
    await beginGrant(olgas, 'bearer', 'PR-101');
    await field(olgas.page, grantWords.bearer).fill('3');
    await button(olgas.page, grantWords.ask).click();
    await statusOf(olgas.page, 'waiting').waitFor();
    expect(new URL(olgas.page.url()).pathname).not.toBe(address);
  });
});

describe('a grant to partners', () => {
  it('says how many canaries its file has before anybody exports it', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_olga') });
    await go(pageOf(made.leaked));
    await button(page, grantWords.export).click();
    const dialog = page.getByRole('dialog');
    const figures = { rows: '22', codes: '20 codes', canaries: '2 canaries' };
    await dialog.getByText(grantWords.exportCanaries, { exact: true }).waitFor();
    const first = dialog.getByRole('listitem').first();
    expect(await first.innerText()).toBe(filled(grantWords.exportHasCanaries, figures));
  });

  it('tells its canaries when somebody has confirmed that they want to see them', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_olga') });
    await go(pageOf(made.leaked));
    await button(page, grantWords.canariesShow).click();
    expect(await page.getByTestId('canaries').count()).toBe(0);
    await button(page.getByRole('dialog'), grantWords.canariesShow).click();
    await page.getByTestId('canaries').getByRole('listitem').nth(1).waitFor();
  });
});

describe('what does not fit a grant', () => {
  it('is said beside its field: a reference that is taken', async (test) => {
    const visit = await visitor(test, { remembers: asOps('ops_olga') });
    const { page } = visit;
    visit.watch.expect(`409 ${grantsPath()}`);
    await beginGrant(visit, 'bearer', 'PR-1');
    await field(page, grantWords.bearer).fill('3');
    await button(page, grantWords.ask).click();
    await page.getByText(wordsOf.en.problem.reference_taken).waitFor();
    expect(await field(page, grantWords.reference).getAttribute('aria-invalid')).toBe('true');
  });

  it('is said in Chinese with its place: a condition with a mistake; without it, who fits now', async (test) => {
    const chinese = wordsOf.zh.console.grants;
    const { page, go, watch } = await visitor(test, { language: 'zh', remembers: asOps('ops_olga') });
    watch.expect('422 /v1/campaigns/preview');
    await go(`/ops/campaigns/${campaignId}/grants/new`);
    await field(page, chinese.kind.segment).check();
    const preview = page.getByTestId('segment-preview');
    await field(page, chinese.segment).fill('teir == "core"');
    await preview.getByText(/tier/).waitFor();
    expect(await preview.innerText()).toMatch(/[\u4e00-\u9fff]/);
    await field(page, chinese.segment).fill('tier == "angel"');
    await preview.getByText(/^现在有 1 位会员符合/).waitFor();
    await field(page, chinese.segment).fill('');
    await button(page, chinese.whoAdd).click();
    expect(await field(page, chinese.segment).inputValue()).toBe('tier in ["angel", "core", "loyal"]');
    await preview.getByText(/\d+ 位会员/).waitFor();
  });
});

describe('the look-up', () => {
  it('goes from a code to its order and its buyer and back, and no address has the code', async (test) => {
    const visit = await visitor(test, { remembers: asOps('ops_olga') });
    const { page } = visit;
    await lookUp(visit, wordsOf.en, bought.code);
    const here = `${bought.batch}.${bought.index}`;
    await page.locator('[data-testid="found-code"][data-status="redeemed"]').waitFor();
    expect(await field(page, lookUpWords.what).inputValue()).toBe(here);
    expect(page.url()).toBe(`${system.url}/ops/look-up`);
    await page
      .getByTestId('timeline')
      .getByText(filled(lookUpWords.entry.claimedByTier, { member: 'Leo', tier: wordsOf.en.tier.core }))
      .waitFor();
    // The purchase is one step with what followed from it.
    const step = page.locator('li', { has: page.locator('[data-type="code.redeemed"]') });
    await step.locator('[data-type="referral.made"]').waitFor();

    await link(page, filled(lookUpWords.order, { order: 'W-1001' }))
      .first()
      .click();
    await page.getByTestId('found-order').getByText('shop_demo').waitFor();
    expect(page.url()).toBe(`${system.url}/ops/look-up`);
    await link(page, filled(lookUpWords.member, { member: 'Kai (m_kai)' }))
      .first()
      .click();
    await page.getByTestId('found-member').waitFor();
    await page.locator('[data-type="code.redeemed"]').waitFor();
    await page.goBack();
    await link(page, filled(lookUpWords.code, { code: here }))
      .first()
      .click();
    await page.getByTestId('found-code').waitFor();
  });

  it('takes a code out of use', async (test) => {
    const visit = await visitor(test, { remembers: asOps('ops_olga') });
    const { page } = visit;
    const { code } = await claimCode(system, 'm_zoe', campaignId);
    await lookUp(visit, wordsOf.en, code);
    await page.locator('[data-type="code.claimed"]').waitFor();
    await button(page, lookUpWords.revoke).click();
    const dialog = page.getByRole('dialog');
    await field(dialog, words.reason).fill('Sold on');
    await button(dialog, lookUpWords.revoke).click();
    await page.locator('[data-testid="found-code"][data-status="revoked"]').waitFor();
    await page.getByText(filled(lookUpWords.entry.revoked, { name: 'Olga', reason: 'Sold on' })).waitFor();
    expect(await button(page, lookUpWords.revoke).count()).toBe(0);
  });

  it('finds what it is known as, whatever it is taken for; and shows a member whom nobody has seen as such', async (test) => {
    const visit = await visitor(test, { remembers: asOps('ops_olga') });
    const { page } = visit;
    visit.watch.expect('404 /v1/checkout/names/Leo');
    // By its form an order.
    await lookUp(visit, wordsOf.en, 'Leo');
    await page.getByTestId('found-member').getByText('Leo (m_leo)').waitFor();
    await button(page, lookUpWords.revokeMember).waitFor();
    visit.watch.expect('404 /v1/checkout/names/m_nobody');
    await lookUp(visit, wordsOf.en, 'm_nobody');
    await page.getByTestId('found-member').getByText(lookUpWords.notSeen, { exact: true }).waitFor();
    await page.getByText(lookUpWords.noMember).waitFor();
    expect(await button(page, lookUpWords.revokeMember).count()).toBe(0);
    visit.watch.expect('404 /v1/checkout/names/W-1001');
    await field(page, lookUpWords.what).fill('W-1001');
    await field(page, lookUpWords.kind.member).check();
    await button(page, lookUpWords.look).click();
    await page.getByTestId('found-order').getByText('shop_demo').waitFor();
    expect(await field(page, lookUpWords.kind.order).isChecked()).toBe(true);
  });

  it('says of what is no code what to do, and finds one by its name', async (test) => {
    const visit = await visitor(test, { remembers: asOps('ops_olga') });
    const { page } = visit;
    visit.watch.expect('404 /v1/codes/history?order=oldest&limit=1');
    await lookUp(visit, wordsOf.en, 'ABCD-EFGH-JKMN-PQRS');
    await page.getByText(lookUpWords.noCodeText).waitFor();
    await field(page, lookUpWords.what).fill('spring 2026');
    await field(page, lookUpWords.kind.code).check();
    await button(page, lookUpWords.look).click();
    await page
      .getByTestId('found-name')
      .getByText(/SPRING-?2026/)
      .waitFor();
    expect(page.url()).toBe(`${system.url}/ops/look-up`);
  });
});

describe('a grant that waits', () => {
  it('is found by whoever may approve it: among the alerts, in the list of campaigns, as what to do next', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_omar') });
    await go('/ops/alerts');
    await page.getByTestId('grant').first().waitFor();
    await page.getByTestId('alert-count').waitFor();
    const count = async () => Number(await page.getByTestId('alert-count').innerText());
    const mine = await page.locator('[data-testid="grant"][data-for-you="true"]').count();
    expect(mine).toBeGreaterThan(0);
    expect(await count()).toBeGreaterThan(mine);
    await go('/ops/campaigns');
    await page.getByTestId(`row-${campaignId}`).getByText(words.campaigns.grantWaitsForYou, { exact: true }).waitFor();
    await go(`/ops/campaigns/${campaignId}`);
    await page.getByTestId('grant-waits').getByText(words.campaigns.next.waitsForYou.trim()).waitFor();
    await page.getByTestId('grant-waits').getByRole('link').click();
    await statusOf(page, 'waiting').waitFor();
    await button(page, grantWords.approve).waitFor();
  });

  it('stands for who asked below what waits for them, and is no alert of theirs', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_olga') });
    await go('/ops/campaigns');
    await page.getByTestId(`row-${campaignId}`).getByText(words.campaigns.grantWaits, { exact: true }).waitFor();
    await go('/ops/alerts');
    await page.getByTestId('grant').first().waitFor();
    expect(await page.locator('[data-testid="grant"][data-for-you="true"]').count()).toBe(0);
  });
});

describe('the numbers of a campaign', () => {
  it('tell what was granted from what was claimed', async (test) => {
    const { body } = done(await olga(system.url, 'GET', `/v1/funnels/${campaignId}`));
    const { granted, bearer, claimed } = body as { granted: number; bearer: number; claimed: number };
    // A code by name of 50 uses, and 20 for partners without their canaries.
    expect(bearer).toBeGreaterThanOrEqual(70);
    const { page, go } = await visitor(test, { remembers: asOps('ops_olga') });
    await go(`/ops/campaigns/${campaignId}`);
    const figure = (name: string) => page.getByTestId(`figure-${name}`).innerText();
    await page.getByTestId('figure-granted').waitFor();
    expect([await figure('granted'), await figure('claimed'), await figure('bought')]).toEqual([
      String(granted + bearer),
      String(claimed),
      '0',
    ]);
  });
});

describe('the alerts', () => {
  it('lead to a code for a paid order that has none', async (test) => {
    const { page, go, watch } = await visitor(test, { remembers: asOps('ops_olga') });
    watch.expect('404 /v1/checkout/reissue');
    await go('/ops/alerts');
    await page.getByTestId('alert-count').getByText('2', { exact: true }).waitFor();
    await button(page, filled(alertWords.reissueFor, { order: 'W-2001' })).click();
    const dialog = page.getByRole('dialog');
    await field(dialog, alertWords.code).fill('ABCD-EFGH-JKMN-PQRS');
    await dialog.getByRole('textbox', { name: alertWords.buyerBy.email, exact: true }).fill('W-2001@example.com');
    await field(dialog, words.reason).fill('Paid late');
    await button(dialog, alertWords.reissue).click();
    await dialog.getByText(wordsOf.en.problem.code_not_valid).waitFor();
    await field(dialog, alertWords.code).fill(codes.pop() ?? '');
    await button(dialog, alertWords.reissue).click();
    await page.locator('[data-testid="lost-hold"][data-good="true"]').waitFor();
    expect(await button(page, filled(alertWords.reissueFor, { order: 'W-2001' })).count()).toBe(0);
  });

  it('lead to the end of a batch whose file has leaked', async (test) => {
    const { page, go } = await visitor(test, { remembers: asOps('ops_olga') });
    await go('/ops/alerts');
    await button(page, filled(grantWords.revokeOf, { batch: String(leaked) })).click();
    const dialog = page.getByRole('dialog');
    await field(dialog, words.reason).fill('Leaked');
    await button(dialog, grantWords.revoke).click();
    await page.locator('[data-testid="canary-touch"][data-revoked="true"]').waitFor();
    await page.getByTestId('alert-count').waitFor({ state: 'detached' });
    expect(await button(page, filled(grantWords.revokeOf, { batch: String(leaked) })).count()).toBe(0);
  });
});
