import kafkajs, { type PartitionAssigner } from 'kafkajs';

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol;

/**
 * Deals the partitions of each topic to the members that subscribe to it, in turn. kafkajs's own deals the leader's
 * topics to everybody: while a release that reads another topic is rolled out, partitions would go to members that do
 * not read them, and to none.
 */
export const bySubscription: PartitionAssigner = ({ cluster }) => ({
  name: 'BySubscription',
  version: 0,
  async assign({ members }) {
    const topicsOf = new Map(
      members.map(({ memberId, memberMetadata }) => [memberId, MemberMetadata.decode(memberMetadata)?.topics ?? []]),
    );
    const ids = [...topicsOf.keys()].sort();
    const topics = [...new Set([...topicsOf.values()].flat())].sort();
    await cluster.addMultipleTargetTopics(topics);
    const dealt = new Map(ids.map((id) => [id, {} as Record<string, number[]>]));
    // The count goes on from topic to topic, so that topics of few partitions do not all begin with the first member.
    let turn = 0;
    for (const topic of topics) {
      const readers = ids.filter((id) => topicsOf.get(id)?.includes(topic));
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      for (const partition of partitions.sort((a, b) => a - b)) {
        const assignment = dealt.get(readers[turn % readers.length] ?? '');
        if (assignment) assignment[topic] = [...(assignment[topic] ?? []), partition];
        turn += 1;
      }
    }
    return [...dealt].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version: 0, assignment, userData: Buffer.alloc(0) }),
    }));
  },
  protocol({ topics }) {
    return {
      name: 'BySubscription',
      metadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
    };
  },
});
