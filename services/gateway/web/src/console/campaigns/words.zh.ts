import type { Translation } from '../../language/translation.ts';

export const campaignsZh: Translation['console']['campaigns'] = {
  title: '活动',
};
