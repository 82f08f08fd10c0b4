import type { GroupDescription } from '@fcode/event-log';
import type { ServiceName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { Advice } from './advice.ts';
import { adviceOnLog, logOptionsHere } from './event-log.ts';

export type Membership = GroupDescription;

/** Who is in each group now. A file has no members: one process at a time reads for each group. */
export const membersNow = async (groups: readonly ServiceName[]): Promise<Membership[]> => {
  const options = await logOptionsHere();
  const { address, access, prefix } = options;
  if (!address.startsWith('kafka:')) {
    throw new Advice(
      `Only on Kafka are there members, and this is ${address}. See how far the groups are: npx fcode events lag`,
    );
  }
  const { brokersOf, describeGroups } = await import('@fcode/event-log');
  try {
    return await describeGroups({ access: { ...access, brokers: brokersOf(address) }, topics, groups, prefix });
  } catch (error) {
    throw adviceOnLog(error, options);
  }
};
