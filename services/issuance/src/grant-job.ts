import type { Ref } from '@fcode/dynamo';
import type { GrantApproved, GrantCancelled } from '@fcode/events';

/** To whom: the members of a file, whoever bears the codes, or everybody by one name. */
export type GrantTo = 'members' | 'bearer' | 'named';

/** What ops ask for. */
export interface Asked {
  grantId: string;
  campaignId: string;
  to: GrantTo;
  codes: number;
  canaries?: number;
  named?: { name: string; perBuyer: number };
  /** The condition by which its members were found, when it was asked for. */
  segment?: string;
  reason: string;
  reference: string;
  by: string;
  requestedAt: string;
  /** How many others must approve. */
  needed: number;
  file?: GrantFile;
}

/** The rows of a grant to members, as they were sent, or found by its segment. */
export interface GrantFile {
  /** Under which they are kept. */
  upload: string;
  pages: number;
  rows: number;
  /** Rows that are none: they get no code, and their reason as a result. */
  invalid: number;
  members: number;
  /** Of what was asked for, a file's rows or a segment: another one under the same reference is another grant. */
  digest: string;
  /**
   * What it looked like when it was sent, by a part of its members where there are many; `unknown`: of whom nothing was ever
   * heard, absent where an older release kept it.
   */
  tiers: { sampled: number; byTier: Record<string, number>; unknown?: number };
  /** Members that an earlier grant of the campaign named. */
  overlap: { members: number; grants: number };
}

interface Approval {
  by: string;
  at: string;
}

interface Made extends Asked {
  approvals: Approval[];
}

/** What its rows have come to. */
interface Progress {
  batch: number;
  keyVersion: number;
  startedAt: string;
  /** The next page, and how many rows were done before it. */
  page: number;
  row: number;
  /** Rows that were given their codes. */
  granted: number;
}

export type GrantJob =
  | { status: 'none' }
  | ({ status: 'waiting' } & Made)
  | ({ status: 'running' } & Made & Progress)
  | ({ status: 'done'; finishedAt: string } & Made & Progress)
  // The reason is absent where an older release kept it.
  | ({ status: 'cancelled'; cancelledBy: string; cancelledAt: string; cancelReason?: string } & Made);

/** Facts of this service alone. */
export const asked = (grant: Asked) => ({ type: 'grant.asked', data: grant });
export const approvedAt = (at: string) => ({ type: 'grant.approved_at', data: { at } });
export const started = (batch: { batch: number; keyVersion: number; startedAt: string }) => ({
  type: 'grant.started',
  data: batch,
});
export interface PageDone {
  page: number;
  rows: number;
  granted: number;
}
export const pageDone = (done: PageDone) => ({ type: 'grant.page_done', data: done });
export const ended = (at: string) => ({ type: 'grant.ended', data: { at } });

const evolve = (grant: GrantJob, fact: { type: string; data: unknown }): GrantJob => {
  if (fact.type === 'grant.asked') return { status: 'waiting', ...(fact.data as Asked), approvals: [] };
  if (grant.status === 'none') return grant;
  switch (fact.type) {
    case 'grant.approved': {
      const { by } = fact.data as GrantApproved['data'];
      return { ...grant, approvals: [...grant.approvals, { by, at: '' }] };
    }
    case 'grant.approved_at': {
      const { at } = fact.data as { at: string };
      return { ...grant, approvals: grant.approvals.map((one) => (one.at === '' ? { ...one, at } : one)) };
    }
    case 'grant.started': {
      const begun = fact.data as Pick<Progress, 'batch' | 'keyVersion' | 'startedAt'>;
      return { ...grant, status: 'running', ...begun, page: 0, row: 0, granted: 0 };
    }
    case 'grant.page_done': {
      if (grant.status !== 'running') return grant;
      const { page, rows, granted } = fact.data as PageDone;
      return {
        ...grant,
        page: page + 1,
        row: grant.row + rows,
        granted: grant.granted + granted,
      };
    }
    case 'grant.ended': {
      const { at } = fact.data as { at: string };
      if (grant.status === 'running') return { ...grant, status: 'done', finishedAt: at };
      return grant.status === 'cancelled' ? { ...grant, cancelledAt: at } : grant;
    }
    case 'grant.cancelled': {
      const { by, reason } = fact.data as GrantCancelled['data'];
      return { ...grant, status: 'cancelled', cancelledBy: by, cancelledAt: '', cancelReason: reason };
    }
    default:
      return grant;
  }
};

export const grantsOf = (campaignId: string): string => `grants/${campaignId}`;
export const isGrant = ({ pk }: { pk: string }): boolean => pk.startsWith(grantsOf(''));
export const grantKind = { initial: { status: 'none' } as GrantJob, evolve };
export const grantRef = (campaignId: string, grantId: string): Ref<GrantJob> => ({
  pk: grantsOf(campaignId),
  sk: grantId,
  ...grantKind,
  // What runs is due until it is done; what waits for others stands on their board.
  indexed: (grant) => {
    if (grant.status === 'waiting' && grant.needed > 0) return { board: waitingBoard, rank: rankOf(grant.grantId) };
    return grant.status === 'running' ? { dueAt: Date.parse(grant.startedAt) } : {};
  },
});

/** The board of all grants that wait for approval, of whatever campaign, the newest on top. */
export const waitingBoard = 'waiting-grants';

const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** A grant's id, which is a ULID, as a number: in the order in which grants are asked for, of 37 digits until the year 4000. */
export const rankOf = (grantId: string): string =>
  Array.from(grantId.slice('gr_'.length))
    .reduce((sum, symbol) => sum * 32n + BigInt(symbols.indexOf(symbol)), 0n)
    .toString();

/** A reference in ops' books is one grant of the campaign. */
export const referenceRef = (campaignId: string, reference: string): Ref<{ grantId?: string }> => ({
  pk: `reference/${campaignId}`,
  sk: reference,
  initial: {},
  evolve: (state, { type, data }) => (type === 'grant.asked' ? { grantId: (data as Asked).grantId } : state),
});

/** A row as it was sent: whom, and how many codes; or why it is none. */
export type Row = [memberId: string, codes: number] | [wrong: RowProblem];
export type RowProblem = 'no_member' | 'no_count' | 'too_many_fields';

/** Rows of a page as they were sent. */
export interface SentRows {
  rows: Row[];
  /**
   * Where they stand in their file, from 1: `[row, line]` for the first row of the page, from 0, and for each that does not
   * stand on the line after the one before. None where there is no file.
   */
  lines?: [row: number, line: number][];
  /** What stands in those that are none, in their order; not all of what is long. */
  refused?: string[];
}

/** As text: a list of the store's own takes three times the room. */
export interface RowsPage {
  rows: string;
  /** Lines, and what was refused, of rows of a file. */
  sent?: string;
  /** Of its first row, from 0, and of the first code of that. */
  row: number;
  index: number;
}
export const rowsRef = (upload: string, page: number): Ref<RowsPage> => ({
  pk: `rows/${upload}`,
  sk: String(page).padStart(5, '0'),
  initial: { rows: '[]', row: 0, index: 0 },
  evolve: (_, { data }) => data as RowsPage,
});
export const rowsIn = ({ rows }: RowsPage): Row[] => JSON.parse(rows) as Row[];
export const sentIn = ({ sent }: RowsPage): Omit<SentRows, 'rows'> =>
  sent === undefined ? {} : (JSON.parse(sent) as Omit<SentRows, 'rows'>);
/** How many codes a row is given: none where it is wrong. */
export const codesIn = (row: Row): number => (row.length === 2 ? row[1] : 0);
