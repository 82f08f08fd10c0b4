/** One thing that a decision rested on, for people and machines: `code` is stable, the rest are its figures. */
export interface Reason {
  code: string;
  [figure: string]: string | number | boolean | string[];
}

export interface Fact {
  type: string;
  data: unknown;
}

/**
 * What every rule returns: the same object whether it is executed, asked as a dry run, or kept as the receipt.
 * - `accepted`: the facts happened, the receipt is the answer from now on;
 * - `again`: this was decided before, and here is the first answer;
 * - `refused`: a word that a route maps to a status. A refusal may still record facts (a paid order that lost its hold).
 */
export type Decision<Receipt, Refusal extends string> =
  | { outcome: 'accepted'; facts: Fact[]; receipt: Receipt; reasons: Reason[] }
  | { outcome: 'again'; receipt: Receipt; reasons: Reason[] }
  | { outcome: 'refused'; refusal: Refusal; facts: Fact[]; reasons: Reason[] };

export const accept = <Receipt>(facts: Fact[], receipt: Receipt, reasons: Reason[] = []): Decision<Receipt, never> => ({
  outcome: 'accepted',
  facts,
  receipt,
  reasons,
});

export const again = <Receipt>(receipt: Receipt, reasons: Reason[] = []): Decision<Receipt, never> => ({
  outcome: 'again',
  receipt,
  reasons,
});

/** `reasons` defaults to the refusal itself; `facts` are recorded although the answer is no. */
export const refuse = <Refusal extends string>(
  refusal: Refusal,
  reasons: Reason[] = [{ code: refusal }],
  facts: Fact[] = [],
): Decision<never, Refusal> => ({ outcome: 'refused', refusal, facts, reasons });
