import { codeSubject, type Heard, type PointsSpent } from '@fcode/events';
import { atRest, type Family } from '../check.ts';
import { after } from '../names.ts';
import { isPurchase } from './ledger.ts';

type Spent = PointsSpent['data'];

/** A purchase as it stands in the ledger of membership. */
interface EntryState extends Partial<Spent> {
  status?: string;
  batch?: number;
  index?: number;
  reason?: string;
}

/** What issuance has of it. */
interface SaleState {
  codes: { batch: number; index: number }[];
  refused?: string;
}

/** Everything that is known of one purchase. Events by their ids: more than one of a kind is a fault. */
interface Purchase {
  spent: Map<string, Spent>;
  bought: Map<string, string>;
  refused: Map<string, string>;
  returned: Map<string, { weight: string; reason: string }>;
  entry?: EntryState;
  sale?: { name: string; state: SaleState };
  /** Whose list it is in. */
  listed: string[];
}

const firstOf = <Value>(told: Map<string, Value>): Value | undefined => told.values().next().value;

/** Points that buy codes: what is spent becomes one code, or comes back. */
export const spending: Family = (open) => {
  const finding = open('spending', 'each purchase with points is paid once, and never both bought and refused');
  const settled = open(
    'spending-settled',
    'points that were spent have become one code or are back, and the ledger and issuance show so',
  );
  const purchases = new Map<string, Purchase>();

  const of = (purchaseId: string): Purchase => {
    const known = purchases.get(purchaseId) ?? {
      spent: new Map(),
      bought: new Map(),
      refused: new Map(),
      returned: new Map(),
      listed: [],
    };
    purchases.set(purchaseId, known);
    return known;
  };

  /** What is wrong with one of them where everybody has heard everything. */
  const faultsOf = (purchaseId: string, purchase: Purchase): string[] => {
    const { spent, bought, refused, returned, entry = {}, sale, listed } = purchase;
    const faults: string[] = [];
    const [paid, code, refusal, back] = [firstOf(spent), firstOf(bought), firstOf(refused), firstOf(returned)];
    if (!paid) return [`${purchaseId} has come to an end or to the ledger, and nobody told that it was paid`];
    const { memberId, campaignId, weight } = paid;
    if (entry.memberId !== memberId || entry.campaignId !== campaignId || entry.weight !== weight) {
      faults.push(`${purchaseId} stands otherwise in the ledger than was told`);
    }
    if (listed.length !== 1 || listed[0] !== memberId) {
      faults.push(`${purchaseId} of ${memberId} is in the list of ${listed.join(' and ') || 'nobody'}`);
    }
    if (!code && refusal === undefined) faults.push(`${purchaseId} is paid, and neither bought nor refused`);
    const status = code ? 'bought' : refusal === undefined ? 'pending' : 'refunded';
    if (entry.status !== status)
      faults.push(`${purchaseId} is ${entry.status} in the ledger, and ${status} by the log`);
    const inLedger = entry.batch === undefined ? undefined : codeSubject(entry as { batch: number; index: number });
    if (inLedger !== code) {
      faults.push(`${purchaseId} is ${inLedger ?? 'no code'} in the ledger, and ${code ?? 'no code'} by the log`);
    }
    if (refusal === undefined && back) faults.push(`${purchaseId} was given back, and nobody refused it`);
    if (refusal !== undefined && (back?.weight !== weight || back.reason !== refusal || entry.reason !== refusal)) {
      const what = back ? `${back.weight} of ${weight} for ${back.reason}` : 'nothing';
      faults.push(`${purchaseId} was refused as ${refusal}, and ${what} was given back`);
    }
    const has = sale?.state.codes.map(codeSubject).join(' and ') ?? '';
    if (has !== (code ?? '') || sale?.state.refused !== refusal) {
      const inSale = [has, sale?.state.refused].filter((one) => one !== undefined && one !== '').join(' and ');
      faults.push(
        `${purchaseId} is ${inSale || 'nothing'} in issuance, and ${code ?? refusal ?? 'nothing'} by the log`,
      );
    }
    return faults;
  };

  return {
    items: {
      membership: ({ pk, sk, state }) => {
        const inLedger = sk === 'entry' && isPurchase(state) ? after('ledger/purchase/', pk) : undefined;
        if (inLedger !== undefined) of(inLedger).entry = state as EntryState;
        const memberId = after('member/', pk);
        if (memberId === undefined || after('purchase/', sk) === undefined) return;
        of((state as { purchaseId: string }).purchaseId).listed.push(memberId);
      },
      issuance: ({ pk, sk, state }) => {
        const purchaseId = after('codes/bought/', sk);
        if (purchaseId !== undefined)
          of(purchaseId).sale = { name: `${pk}#${sk}`, state: state as unknown as SaleState };
      },
    },
    events: {
      'points.spent': ({ id, data }) => {
        finding.looked();
        of(data.purchaseId).spent.set(id, data);
      },
      'points.returned': ({ id, data }) => {
        of(data.purchaseId).returned.set(id, data);
      },
      'purchase.refused': ({ id, data }) => {
        of(data.purchaseId).refused.set(id, data.reason);
      },
      'code.claimed': ({ id, data }: Heard<'code.claimed'>) => {
        const isBought = data.how === 'bought';
        if (isBought !== (data.purchaseId !== undefined)) {
          finding.differs(id, `${id} tells of a code that is ${data.how}, by purchase ${data.purchaseId ?? 'none'}`);
        }
        if (data.purchaseId !== undefined) of(data.purchaseId).bought.set(id, codeSubject(data));
      },
    },
    conclude: (system) => {
      for (const [purchaseId, { spent, bought, refused, returned }] of purchases) {
        const twice = (what: string, told: Map<string, unknown>) => {
          const ids = [...told.keys()];
          if (ids.length > 1)
            finding.differs(purchaseId, `${purchaseId} was ${what} twice: by ${ids.join(' and by ')}`);
        };
        twice('paid', spent);
        twice('bought', bought);
        twice('refused', refused);
        twice('given back', returned);
        const [code, refusal] = [firstOf(bought), firstOf(refused)];
        if (code !== undefined && refusal !== undefined) {
          finding.differs(purchaseId, `${purchaseId} was bought as ${code}, and refused as ${refusal}`);
        }
      }
      atRest(settled, system, () => {
        for (const [purchaseId, purchase] of purchases) {
          settled.looked();
          for (const fault of faultsOf(purchaseId, purchase)) settled.differs(purchaseId, fault);
        }
      });
    },
  };
};
