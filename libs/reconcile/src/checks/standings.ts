import { atRest, type Family } from '../check.ts';

interface KnownStanding {
  standing: { S: string; t0: number; halfLifeDays: number; pins: string[]; badges?: string[] | undefined };
  sequence: number;
}

interface KnownCutoffs {
  current?: { asOf: string };
  sequence: number;
}

/** What issuance heard, in one word that can be compared, and at which of the item's events. */
interface Heard {
  sequence: number;
  what: string;
}

const listed = (names: readonly string[]): string => [...names].sort().join('+') || 'none';
const wordOf = ({ S, t0, halfLifeDays, pins, badges = [] }: KnownStanding['standing']): string =>
  `S ${S}, scale ${t0}/${halfLifeDays}, pins ${listed(pins)}, badges ${listed(badges)}`;

const cutoffs = 'cutoffs';

/** Standings and cut-offs as issuance decides by them, against the events that told them. */
export const standings: Family = (open) => {
  const finding = open('standings', 'issuance has standings and cut-offs as they were told');
  const latest = open('standings-heard', 'issuance has the newest of them');
  /** By `member/<id>`, and the cut-offs. */
  const heard = new Map<string, Heard>();
  const newest = new Map<string, number>();
  const confirmed = new Set<string>();

  const onTold = (name: string, sequence: number, what: string) => {
    newest.set(name, sequence);
    const known = heard.get(name);
    if (known?.sequence !== sequence) return;
    confirmed.add(name);
    if (known.what !== what) {
      finding.differs(name, `${name} stands in issuance with ${known.what}, and was told with ${what}`);
    }
  };

  return {
    items: {
      issuance: ({ pk, sk, state }) => {
        if (sk === 'standing' && pk.startsWith('member/')) {
          const { standing, sequence } = state as unknown as KnownStanding;
          heard.set(pk, { sequence, what: wordOf(standing) });
        } else if (pk === cutoffs && sk === 'current') {
          const { current, sequence } = state as unknown as KnownCutoffs;
          if (current) heard.set(cutoffs, { sequence, what: `cut-offs of ${current.asOf}` });
        }
      },
    },
    events: {
      'score.changed': ({ aggregate, sequence, data }) =>
        onTold(aggregate.replace('#standing', ''), sequence, wordOf({ ...data, t0: Date.parse(data.t0) })),
      'cutoffs.published': ({ sequence, data }) => onTold(cutoffs, sequence, `cut-offs of ${data.asOf}`),
    },
    conclude: (system) => {
      for (const [name, { sequence }] of heard) {
        finding.looked();
        if (!confirmed.has(name)) {
          finding.differs(name, `${name} stands in issuance as of event ${sequence}, which nobody told`);
        }
      }
      atRest(latest, system, () => {
        for (const [name, sequence] of newest) {
          latest.looked();
          const known = heard.get(name)?.sequence ?? 0;
          if (known !== sequence) {
            latest.differs(
              name,
              `${name} stands in issuance as of event ${known}, and event ${sequence} is the newest`,
            );
          }
        }
      });
    },
  };
};
