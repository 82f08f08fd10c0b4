import type { Translation } from '../../language/translation.ts';

export const whoZh: Translation['console']['who'] = {
  kind: {
    everybody: '所有人',
    tier: '达到某个等级',
    points: '积分达到',
    badge: '有某个徽章',
    region: '住在某些地区',
    own: '自己写条件',
  },
  tier: '等级',
  points: '最少积分',
  badge: '徽章',
  badgePlaceholder: 'early-tester',
  badgeHint: '想照顾“某天之前积分达标”的会员，先颁一个徽章：',
  regions: '国家和地区',
  searchRegions: '输入名称查找',
  condition: '条件',
  conditionHint:
    '例如 score > 100 && tier == "core"：积分超过 100，而且是核心粉丝。可以用 tier、score（此刻的积分）、badges、region、member、at。写得对不对，看预览就知道。',
  text: {
    everybody: '所有人',
    tier: '{{tier}}及以上',
    tierTop: '仅{{tier}}',
    points: '积分达到 {{points}} 的会员',
    badge: '有徽章 {{badge}} 的会员',
    region: '住在{{regions}}的会员',
    own: '满足以下条件的会员：',
  },
};
