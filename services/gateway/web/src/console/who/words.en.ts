export const whoEn = {
  kind: {
    everybody: 'Everybody',
    tier: 'Whose tier is at least …',
    points: 'Who has points',
    badge: 'Who has a badge',
    region: 'Who lives in …',
    own: 'A condition of your own',
  },
  tier: 'Tier',
  points: 'Points at least',
  badge: 'Badge',
  badgePlaceholder: 'early-tester',
  badgeHint: 'To reach those who had points before a date, award a badge for it first:',
  regions: 'Countries',
  searchRegions: 'Type a country',
  condition: 'Condition',
  conditionHint:
    'Such as score > 100 && tier == "core": more than 100 points, and of the tier Core. May speak of tier, score (the points of the moment), badges, region, member and at. The preview tells whether it is right.',
  text: {
    everybody: 'Everybody',
    tier: '{{tier}} and above',
    tierTop: '{{tier}} members only',
    points: 'Members with {{points}} points or more',
    badge: 'Members with the badge {{badge}}',
    region: 'Members in {{regions}}',
    own: 'Members for whom this holds:',
  },
};
