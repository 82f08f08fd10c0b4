import { useTranslation } from 'react-i18next';
import { channels, type Tier } from '../../api.ts';
import { en } from '../../language/en.ts';
import { useFormat } from '../../language/use-format.ts';
import { useMemberName } from '../../personas/use-member-name.ts';
import { useOps } from '../use-ops.ts';
import { aboutOf, type Entry, grounds, textIn as text, waitedSince } from './entry.ts';

type Cause = keyof typeof en.console.lookUp.lostBy;
type Because = keyof typeof en.console.lookUp.tierBy;
const isCause = (cause: unknown): cause is Cause =>
  typeof cause === 'string' && Object.hasOwn(en.console.lookUp.lostBy, cause);
const isBecause = (because: unknown): because is Because =>
  typeof because === 'string' && Object.hasOwn(en.console.lookUp.tierBy, because);
const isTier = (tier: unknown): tier is Tier => typeof tier === 'string' && Object.hasOwn(en.tier, tier);

/** What happened, as a sentence. What these pages have no sentence for is called by the event's own name. */
export const useEntryText = () => {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useMemberName();
  const { nameOf: operatorOf } = useOps();

  return (entry: Entry): string => {
    const { type, data } = entry;
    const member = (value: unknown): string => nameOf(text(value));
    const operator = (value: unknown): string => operatorOf(text(value));
    const date = (value: unknown): string => (typeof value === 'string' ? format.moment(value) : '');
    const points = (value: unknown): string => format.points(Number(value ?? 0));
    const tier = (value: unknown): string => (isTier(value) ? t(`tier.${value}`) : text(value));
    const channel = channels.find((one) => one === data.channel);
    const by = channel === undefined ? t('channel.other') : t(`channel.${channel}`);
    const { order } = aboutOf(entry);
    const { orderId = '', shop = '' } = order ?? {};
    const ofOrder = { order: orderId, shop };
    const reason = text(data.reason);

    switch (type) {
      case 'code.claimed': {
        const since = waitedSince(data);
        if (since !== undefined) {
          return t('console.lookUp.entry.claimedInTurn', { member: member(data.memberId), date: date(since) });
        }
        if (data.how === 'granted') return t('console.lookUp.entry.granted', { member: member(data.memberId) });
        if (data.how === 'bought') return t('console.lookUp.entry.bought', { member: member(data.memberId) });
        const { rule, tier: asOf } = grounds(data);
        if (rule !== undefined) return t('console.lookUp.entry.claimedByRule', { member: member(data.memberId), rule });
        return isTier(asOf)
          ? t('console.lookUp.entry.claimedByTier', { member: member(data.memberId), tier: t(`tier.${asOf}`) })
          : t('console.lookUp.entry.claimed', { member: member(data.memberId) });
      }
      case 'code.offered':
        return t('console.lookUp.entry.offered', { member: member(data.from), date: date(data.until) });
      case 'code.accepted':
        return t('console.lookUp.entry.accepted', {
          from: member(data.from),
          to: member(data.to),
          date: date(data.until),
        });
      case 'code.withdrawn':
        return t('console.lookUp.entry.withdrawn', { member: member(data.from) });
      case 'code.held':
        return t('console.lookUp.entry.held', { ...ofOrder, date: date(data.holdUntil) });
      case 'code.hold_extended':
        return t('console.lookUp.entry.extended', { ...ofOrder, date: date(data.holdUntil) });
      case 'code.released':
        if (data.cause === 'expired') return t('console.lookUp.entry.expired', ofOrder);
        return t('console.lookUp.entry.released', ofOrder);
      case 'code.redeemed':
        return data.goodwill === undefined
          ? t('console.lookUp.entry.redeemed', ofOrder)
          : t('console.lookUp.entry.reissued', ofOrder);
      case 'code.hold_lost':
        return t('console.lookUp.entry.lost', {
          ...ofOrder,
          why: isCause(data.cause) ? t(`console.lookUp.lostBy.${data.cause}`) : text(data.cause),
        });
      case 'code.refunded': {
        const currency = text(data.currency);
        return t('console.lookUp.entry.refunded', {
          ...ofOrder,
          refunded: format.money({ amount: Number(data.refunded), currency }),
          paid: format.money({ amount: Number(data.paid), currency }),
        });
      }
      case 'code.cancelled':
        return t('console.lookUp.entry.cancelled', ofOrder);
      case 'code.revoked':
        return t('console.lookUp.entry.revoked', { name: operator(data.by), reason });
      case 'waitlist.joined':
        return t('console.lookUp.entry.waits', { member: member(data.memberId) });
      case 'waitlist.offered':
        return t('console.lookUp.entry.placeOffered', { member: member(data.memberId), date: date(data.until) });
      case 'waitlist.lapsed':
        return t('console.lookUp.entry.placeLapsed', { member: member(data.memberId) });
      case 'waitlist.left': {
        const left = data.reason === 'has_code' ? 'waitOver' : 'waitLeft';
        return t(`console.lookUp.entry.${data.declined === true ? 'placeDeclined' : left}`, {
          member: member(data.memberId),
        });
      }
      case 'link.created':
        return t('console.lookUp.entry.link', { member: member(data.memberId), channel: by });
      case 'link.clicked':
        return t('console.lookUp.entry.clicked', { count: Number(data.clicks ?? 1), channel: by });
      case 'referral.made': {
        const values = { inviter: member(data.inviter), channel: by };
        return data.via === 'link'
          ? t('console.lookUp.entry.referredByLink', values)
          : t('console.lookUp.entry.referred', values);
      }
      case 'reward.pending':
        return t('console.lookUp.entry.rewardPending', {
          inviter: member(data.inviter),
          points: points(data.points),
          date: date(data.vestsAt),
        });
      case 'reward.vested':
        return t('console.lookUp.entry.rewardVested', { inviter: member(data.inviter), points: points(data.points) });
      case 'reward.reduced':
        return t('console.lookUp.entry.rewardReduced', { taken: points(data.taken), left: points(data.left) });
      case 'reward.reversed':
        return t('console.lookUp.entry.rewardReversed', { inviter: member(data.inviter), points: points(data.points) });
      case 'tier.changed': {
        const change = t('console.lookUp.entry.tier', { from: tier(data.from), to: tier(data.to) });
        return isBecause(data.because)
          ? t('console.lookUp.withWhy', { what: change, why: t(`console.lookUp.tierBy.${data.because}`) })
          : change;
      }
      case 'badge.awarded':
        return t('console.lookUp.entry.badge', { name: operator(data.by), badge: text(data.badge), reason });
      case 'badge.withdrawn':
        return t('console.lookUp.entry.badgeTaken', { name: operator(data.by), badge: text(data.badge), reason });
      case 'member.pinned': {
        const pins = Array.isArray(data.pins) ? data.pins.map(tier) : [];
        return pins.length === 0
          ? t('console.lookUp.entry.unpinned', { name: operator(data.by), reason })
          : t('console.lookUp.entry.pinned', { name: operator(data.by), tiers: format.list(pins), reason });
      }
      case 'member.revoked':
        return t('console.lookUp.entry.memberRevoked', { name: operator(data.by), reason });
      case 'points.spent':
        return t('console.lookUp.entry.spent', { member: member(data.memberId), points: points(data.points) });
      case 'points.returned':
        return t('console.lookUp.entry.returned', { member: member(data.memberId), points: points(data.points) });
      case 'purchase.refused':
        return t('console.lookUp.entry.refused', { reason });
      default:
        return type;
    }
  };
};
