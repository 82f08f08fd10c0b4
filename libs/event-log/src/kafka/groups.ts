import kafkajs from 'kafkajs';
import type { Topics } from '../place.ts';
import { connectKafka, type KafkaAccess } from './client.ts';
import { Desk } from './desk.ts';
import { namesOf } from './names.ts';

const { MemberAssignment } = kafkajs.AssignerProtocol;

export interface GroupDescription {
  group: string;
  /** In Kafka's own words: `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty`, or `Dead` where it has never been. */
  state: string;
  members: {
    id: string;
    host: string;
    /** By topic, without the prefix, such as `redemption.v1` or `replays.referral`; empty until they are dealt. */
    partitions: Record<string, number[]>;
  }[];
}

export interface DescribeGroupsOptions {
  access: KafkaAccess;
  topics: Topics;
  groups: readonly string[];
  prefix?: string;
}

/** Who is in each group now, and what each member reads. Rejects with `Unavailable` when the cluster does not say. */
export const describeGroups = async (options: DescribeGroupsOptions): Promise<GroupDescription[]> => {
  const { access, topics, groups, prefix = 'fcode' } = options;
  const names = namesOf(prefix, topics);
  const desk = new Desk(connectKafka(access));
  const withoutPrefix = (name: string): string =>
    name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : name;
  try {
    const answer = await desk.ask((admin) => admin.describeGroups(groups.map((group) => names.groupId(group))));
    return groups.map((group) => {
      const found = answer.groups.find(({ groupId }) => groupId === names.groupId(group));
      const members = (found?.members ?? []).map(({ memberId, clientHost, memberAssignment }) => ({
        id: memberId,
        host: clientHost.replace(/^\//, ''),
        partitions: Object.fromEntries(
          Object.entries(MemberAssignment.decode(memberAssignment)?.assignment ?? {})
            .map(([topic, partitions]) => [withoutPrefix(topic), partitions.toSorted((a, b) => a - b)] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
      }));
      return { group, state: found?.state ?? 'Dead', members: members.sort((a, b) => (a.id < b.id ? -1 : 1)) };
    });
  } finally {
    await desk.close();
  }
};
