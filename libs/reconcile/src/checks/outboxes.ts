import { nameOf } from '@fcode/dynamo';
import { type ServiceName, services } from '@fcode/infra/tables';
import { each, type Family } from '../check.ts';
import type { Found, Key } from '../tables.ts';

const waitsAtMostMs = 60_000;

const waitsSince = ({ outbox }: Pick<Found, 'outbox'>): number =>
  Math.min(...outbox.map(({ time }) => Date.parse(time)));

/** What happened is told within a minute, and whoever publishes what others left finds it. */
export const outboxes: Family = (open) => {
  const finding = open('outboxes', 'no event has waited in its item for more than a minute to be published');
  const waiting: { service: ServiceName; key: Key; sequence: number; since: number }[] = [];
  const itemOf = (service: ServiceName) => (item: Found) => {
    finding.looked();
    const [first] = item.outbox;
    if (!first) return;
    const { pk, sk } = item;
    waiting.push({ service, key: { pk, sk }, sequence: first.sequence, since: waitsSince(item) });
    if (!item.isPending) {
      const name = nameOf(item);
      finding.differs(
        name,
        `${name} has ${item.outbox.length} events to publish, and stands in no index by which they are found`,
      );
    }
  };
  return {
    items: Object.fromEntries(services.map((service) => [service, itemOf(service)])),
    conclude: ({ tables, now }) =>
      each(
        waiting.filter(({ since }) => now() - since > waitsAtMostMs),
        async ({ service, key, sequence, since }) => {
          const item = await tables.item(service, key);
          if (!item?.outbox.some((entry) => entry.sequence === sequence)) return;
          const name = nameOf(key);
          finding.differs(name, `${name} has had an event to publish since ${new Date(since).toISOString()}`);
        },
      ),
  };
};
