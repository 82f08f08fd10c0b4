import { memberPinned, scoreChanged } from '@fcode/events';
import { accept, again, type Decision, type Tier } from '@fcode/policy';
import type { Member } from './member.ts';

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
export const pin = ({ memberId, pins, by, reason }: Pin, member: Member): Decision<PinReceipt, never> => {
  const wanted = [...new Set(pins)].sort();
  const receipt = { memberId, pins: wanted };
  if (wanted.join() === [...member.pins].sort().join()) return again(receipt);
  const { S, t0, halfLifeDays } = member;
  return accept(
    [
      memberPinned.of({ memberId, by, pins: wanted, reason }),
      scoreChanged.of({ memberId, S, t0: new Date(t0).toISOString(), halfLifeDays, pins: wanted }),
    ],
    receipt,
  );
};
