import type { Tables } from '../tables.ts';

/** What ops asked for, and how far it is. */
export interface GrantState {
  status: 'waiting' | 'running' | 'done' | 'cancelled';
  grantId: string;
  campaignId: string;
  to: string;
  codes: number;
  canaries?: number;
  named?: { name: string; perBuyer: number };
  reason: string;
  reference: string;
  by: string;
  needed: number;
  approvals: { by: string }[];
  file?: { upload: string; pages: number; rows: number; invalid: number };
  batch?: number;
  /** The next page, the rows before it, and those of them that have their codes. */
  page?: number;
  row?: number;
  granted?: number;
}

export const partitionOf = (campaignId: string): string => `grants/${campaignId}`;

/** Every grant of every campaign, and at which sequence it was read. */
export async function* grantJobsOf(tables: Tables): AsyncGenerator<{ seq: number; grant: GrantState }> {
  for await (const { sk: campaignId } of tables.partition('issuance', 'campaigns')) {
    for await (const { seq, state } of tables.partition('issuance', partitionOf(campaignId))) {
      yield { seq, grant: state as unknown as GrantState };
    }
  }
}
