import { nameOf } from '@fcode/dynamo';
import { codeSubject } from '@fcode/events';
import type { Family } from '../check.ts';

interface CodesState {
  codes: { batch: number; index: number; request?: string; allotted?: number }[];
}

/** A member's item of codes, and at which sequence it was read. */
interface Holder {
  name: string;
  seq: number;
}

/** Codes in members' hands: claimed, granted and bought. */
export const claims: Family = (open) => {
  const finding = open('claims', "each code is one member's, within the allotment, and told once");
  const seqs = new Map<string, number>();
  const holders = new Map<string, Holder>();

  return {
    items: {
      issuance: (item) => {
        const isClaimed = item.sk.startsWith('codes/claimed/');
        const isOne = item.sk.startsWith('codes/bought/');
        if (!isClaimed && !isOne && !item.sk.startsWith('codes/granted/')) return;
        const name = nameOf(item);
        const holder = { name, seq: item.seq };
        seqs.set(name, item.seq);
        const { codes } = item.state as unknown as CodesState;
        for (const [position, code] of codes.entries()) {
          finding.looked();
          const subject = codeSubject(code);
          const other = holders.get(subject);
          if (other) finding.differs(name, `${subject} is in ${name} and in ${other.name}`);
          holders.set(subject, holder);
          const { allotted = 0 } = code;
          if (isClaimed && position >= allotted) {
            finding.differs(name, `${name} has ${subject} as claim ${position + 1} when ${allotted} were allotted`);
          }
        }
        if (isOne && codes.length > 1) finding.differs(name, `${name} has ${codes.length} codes for one purchase`);
        const requests = codes.flatMap(({ request }) => request ?? []);
        if (new Set(requests).size < requests.length) finding.differs(name, `${name} has two codes for one request`);
      },
    },
    events: {
      'code.claimed': ({ id, aggregate, sequence, data }) => {
        const { receipt } = data;
        if (receipt && receipt.claimed > receipt.allotted) {
          finding.differs(id, `${id} tells of claim ${receipt.claimed} when ${receipt.allotted} were allotted`);
        }
        // Later than its item was read.
        if (sequence > (seqs.get(aggregate) ?? 0)) return;
        const subject = codeSubject(data);
        // Told: what is left in the end was not.
        if (holders.get(subject)?.name === aggregate) holders.delete(subject);
        else
          finding.differs(id, `${id} tells that ${aggregate} got ${subject}, which it has not, or was told of before`);
      },
    },
    conclude: () => {
      for (const [subject, { name }] of holders)
        finding.differs(name, `${subject} is in ${name}, and no event tells so`);
    },
  };
};
