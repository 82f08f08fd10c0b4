import { nameOf } from '@fcode/dynamo';
import { each, type Family } from '../check.ts';
import { addedTo, fingerprintOf } from '../fingerprint.ts';
import { after } from '../names.ts';
import type { Found, Tables } from '../tables.ts';
import { type GrantState, grantJobsOf, partitionOf } from './grant-jobs.ts';

/** A row of a grant's file: whom, and how many codes; or why it is none, and gets nothing. */
type Row = [memberId: string, codes: number] | [wrong: string];

interface RowsState {
  /** As text: a list of rows. */
  rows: string;
  /** Of its first row, and of the first code of that. */
  row: number;
  index: number;
}

/** Codes of one member that follow each other, within one page. */
interface Run {
  memberId: string;
  from: number;
  codes: number;
}

/** A page of rows, by their place in all of them: a million rows are a thousand of these. */
interface Page {
  sk: string;
  row: number;
  index: number;
  codes: number;
  /** Sums over the runs that its rows say, and that were found in members' hands. */
  expected: number;
  seen: number;
  /** What was found of it, while it may be that only some of it is given. */
  runs?: Run[];
}

interface Job {
  name: string;
  batch: number;
  upload: string;
  pages: Page[];
}

interface CodesState {
  codes: { batch: number; index: number }[];
}

/** Pages of which it is said which member has what. Of any more that are wrong, that they are. */
const lookedIntoAtMost = 50;

const rowsIn = ({ rows }: Pick<RowsState, 'rows'>): Row[] => JSON.parse(rows) as Row[];
const codesIn = (row: Row): number => (row.length === 2 ? row[1] : 0);
const fingerprint = ({ memberId, from, codes }: Run): number => fingerprintOf(memberId, from, codes);

/** Joins codes that follow each other to runs; `isNew` also begins one. */
const runsOf = (memberId: string, indexes: readonly number[], isNew: (index: number) => boolean): Run[] => {
  const runs: Run[] = [];
  for (const index of indexes.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && index === last.from + last.codes && !isNew(index)) last.codes += 1;
    else runs.push({ memberId, from: index, codes: 1 });
  }
  return runs;
};

/** The same of a page's rows: one member's that stand together are one run. */
const runsIn = (rows: readonly Row[], index: number): Run[] => {
  const runs: Run[] = [];
  let from = index;
  for (const row of rows) {
    const codes = codesIn(row);
    const last = runs.at(-1);
    if (codes > 0 && last?.memberId === row[0]) last.codes += codes;
    else if (codes > 0) runs.push({ memberId: row[0], from, codes });
    from += codes;
  }
  return runs;
};

/** The page that an index is of; undefined beyond the last of them. */
const pageOf = (pages: readonly Page[], index: number): Page | undefined => {
  let [low, high] = [0, pages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { index: from, codes } = pages[middle] as Page;
    if (from + codes <= index) low = middle + 1;
    else high = middle;
  }
  return pages[low];
};

const padded = (page: number): string => String(page).padStart(5, '0');

/**
 * Whom grants to members have given codes: each row those of its place, and nobody any others. Rows and codes are held against
 * each other as sums for each page, while both pass by; only of a page that is wrong, or that is being given right now, it is
 * looked who has what.
 */
export const granted: Family = (open) => {
  const finding = open(
    'granted',
    'each row of a grant has the codes of its place, all or none, and nobody else has any',
  );
  const counts = open('granted-rows', 'a grant counts its rows, and those that have their codes, as they are');
  const jobs = new Map<number, Job>();
  /** Grants to nobody by name. */
  const others = new Set<number>();
  /** Of a batch that no grant had by then: who was met with codes of it. */
  const strange = new Map<number, { name: string; campaignId: string }>();

  /** Reads the rows of a grant, page by page. A page that must have been given by now has its sum alone. */
  const readRows = async (tables: Tables, grant: GrantState, file: NonNullable<GrantState['file']>) => {
    const { status, codes, batch, page: next = 0, row = 0, granted: given = 0 } = grant;
    const name = `${partitionOf(grant.campaignId)}#${grant.grantId}`;
    const pages: Page[] = [];
    const all = { rows: 0, invalid: 0, codes: 0 };
    /** Of the pages that are done. */
    let done = { rows: 0, granted: 0 };
    for await (const { pk, sk, state } of tables.partition('issuance', `rows/${file.upload}`)) {
      const kept = state as unknown as RowsState;
      const place = pages.length;
      const of = nameOf({ pk, sk });
      if (sk !== padded(place)) counts.differs(of, `${of} is page ${sk} of ${name}, and comes as ${place}`);
      if (kept.row !== all.rows || kept.index !== all.codes) {
        const begins = `begins with row ${kept.row} and code ${kept.index}`;
        counts.differs(of, `${of} ${begins}, and comes after ${all.rows} rows and ${all.codes} codes`);
      }
      const rows = rowsIn(kept);
      const inPage = rows.reduce((sum, one) => sum + codesIn(one), 0);
      const expected = runsIn(rows, all.codes).map(fingerprint).reduce(addedTo, 0);
      const isGiven = status === 'done' || place < next;
      pages.push({
        sk,
        row: all.rows,
        index: all.codes,
        codes: inPage,
        expected,
        seen: 0,
        ...(isGiven ? {} : { runs: [] }),
      });
      counts.looked(rows.length);
      all.rows += rows.length;
      all.invalid += rows.filter((one) => one.length === 1).length;
      all.codes += inPage;
      if (place < next) done = { rows: all.rows, granted: all.rows - all.invalid };
    }
    const differs = (inGrant: string, inRows: string) => {
      if (inGrant !== inRows) counts.differs(name, `${name} counts ${inGrant}, and there are ${inRows}`);
    };
    const size = (of: { pages: number; rows: number; invalid: number; codes: number }) =>
      `${of.pages} pages of ${of.rows} rows, ${of.invalid} of them none, for ${of.codes} codes`;
    differs(size({ ...file, codes }), size({ ...all, pages: pages.length }));
    if (batch === undefined) return;
    const isEnd = next >= pages.length;
    if (isEnd !== (status === 'done')) counts.differs(name, `${name} is ${status} at page ${next} of ${pages.length}`);
    differs(
      `${row} rows and ${given} granted before page ${next}`,
      `${done.rows} rows and ${done.granted} granted before page ${next}`,
    );
    jobs.set(batch, { name, batch, upload: file.upload, pages });
  };

  /** Codes of one member by grant, by the pages that they are of. */
  const spread = (
    job: Job,
    memberId: string,
    { codes }: CodesState,
    take: (run: Run, page: Page | undefined) => void,
  ) => {
    const { pages } = job;
    const indexes = codes.flatMap(({ batch, index }) => (batch === job.batch ? [index] : []));
    const isFirst = (index: number) => pageOf(pages, index)?.index === index;
    for (const run of runsOf(memberId, indexes, isFirst)) take(run, pageOf(pages, run.from));
  };

  const codesOf = (item: Found): { memberId: string; batch: number; state: CodesState } | undefined => {
    const [memberId, batch] = [after('member/', item.pk), after('codes/granted/', item.sk)];
    if (memberId === undefined || batch === undefined) return undefined;
    return { memberId, batch: Number(batch), state: item.state as unknown as CodesState };
  };

  /** Who has what of a page, against its rows as they stand. */
  const judge = async (tables: Tables, job: Job, page: Page, runs: readonly Run[], isGiven: boolean): Promise<void> => {
    const item = await tables.item('issuance', { pk: `rows/${job.upload}`, sk: page.sk });
    const rows = rowsIn((item?.state ?? { rows: '[]' }) as { rows: string });
    const owners = rows.flatMap((row, place) => Array.from({ length: codesIn(row) }, () => place));
    const has = rows.map(() => 0);
    for (const { memberId, from, codes } of runs) {
      for (let index = from; index < from + codes; index += 1) {
        const place = owners[index - page.index];
        const row = place === undefined ? undefined : rows[place];
        if (place !== undefined && row?.[0] === memberId) {
          has[place] = (has[place] ?? 0) + 1;
          continue;
        }
        const whose = row && place !== undefined ? `is of row ${page.row + place + 1}, for ${row[0]}` : 'is of no row';
        const who = `member/${memberId}`;
        finding.differs(who, `${who} has code/${job.batch}.${index} by ${job.name}, where it ${whose}`);
      }
    }
    for (const [place, row] of rows.entries()) {
      const [codes, given] = [codesIn(row), has[place] ?? 0];
      if (given === codes || (given === 0 && !isGiven)) continue;
      const of = `row ${page.row + place + 1} of ${job.name}`;
      finding.differs(job.name, `${of} is for ${row[0]}, who has ${given} of its ${codes} codes`);
    }
  };

  /** Reads who has codes of some pages: everything is read again, for nobody kept it the first time. */
  const readRuns = async (tables: Tables, of: ReadonlyMap<Page, Run[]>): Promise<void> => {
    for await (const item of tables.items('issuance')) {
      const codes = codesOf(item);
      const job = codes && jobs.get(codes.batch);
      if (job) spread(job, codes.memberId, codes.state, (run, page) => page && of.get(page)?.push(run));
    }
  };

  return {
    prepare: async (tables) => {
      for await (const { grant } of grantJobsOf(tables)) {
        if (grant.file) await readRows(tables, grant, grant.file);
        else if (grant.batch !== undefined) others.add(grant.batch);
      }
    },
    items: {
      issuance: (item) => {
        const found = codesOf(item);
        if (!found) return;
        const { memberId, batch, state } = found;
        const name = nameOf(item);
        finding.looked(state.codes.length);
        for (const code of state.codes) {
          if (code.batch !== batch) finding.differs(name, `${name} has a code of batch ${code.batch}`);
        }
        const job = jobs.get(batch);
        if (job) {
          spread(job, memberId, state, (run, page) => {
            if (!page) {
              finding.differs(name, `${name} has code/${batch}.${run.from}, and ${job.name} has no row for it`);
              return;
            }
            page.seen = addedTo(page.seen, fingerprint(run));
            page.runs?.push(run);
            // All of it is given: what is kept of a grant that goes on is what is being given.
            if (page.runs && page.seen === page.expected) page.runs = [];
          });
        } else if (others.has(batch)) {
          finding.differs(name, `${name} has codes of batch ${batch}, which was granted to nobody by name`);
        } else {
          const { campaignId } = state as CodesState & { campaignId?: string };
          if (!strange.has(batch)) strange.set(batch, { name, campaignId: campaignId ?? '' });
        }
      },
    },
    conclude: async ({ tables }) => {
      // A grant that was approved since then has such a batch.
      await each([...strange], async ([batch, { name, campaignId }]) => {
        for await (const { state } of tables.partition('issuance', partitionOf(campaignId))) {
          if ((state as unknown as GrantState).batch === batch) return;
        }
        finding.differs(name, `${name} has codes of batch ${batch}, which nobody granted`);
      });
      const wrong: { job: Job; page: Page }[] = [];
      for (const job of jobs.values()) {
        for (const page of job.pages) {
          if (page.seen === page.expected) continue;
          if (page.runs) await judge(tables, job, page, page.runs, false);
          else wrong.push({ job, page });
        }
      }
      if (wrong.length === 0) return;
      const runs = new Map(wrong.slice(0, lookedIntoAtMost).map(({ page }): [Page, Run[]] => [page, []]));
      await readRuns(tables, runs);
      for (const { job, page } of wrong) {
        const found = runs.get(page);
        if (found) await judge(tables, job, page, found, true);
        else finding.differs(job.name, `page ${page.sk} of ${job.name} is given otherwise than its rows say`);
      }
    },
  };
};
