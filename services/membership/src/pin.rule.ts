import { memberPinned } from '@fcode/events';
import { accept, again, type Decision, type Ladder, type Tier } from '@fcode/policy';
import { badgesOf, type Member, standingFacts } from './member.ts';

/** Ops give a member tiers by hand, or take them back. `at` in epoch ms. */
export interface Pin {
  memberId: string;
  pins: Tier[];
  by: string;
  reason: string;
}

export interface PinReceipt {
  memberId: string;
  pins: string[];
}

/** The pins are as asked afterwards; asking for what is already so changes nothing. */
export const pin = (
  { memberId, pins, by, reason }: Pin,
  ladder: Ladder,
  at: number,
  member: Member,
): Decision<PinReceipt, never> => {
  const wanted = [...new Set(pins)].sort();
  const receipt = { memberId, pins: wanted };
  if (wanted.join() === [...member.pins].sort().join()) return again(receipt);
  const { S, owed, told } = member;
  return accept(
    [
      memberPinned.of({ memberId, by, pins: wanted, reason }),
      ...standingFacts({ memberId, S, owed, pins: wanted, badges: badgesOf(member), told, at }, ladder, 'pins'),
    ],
    receipt,
  );
};
