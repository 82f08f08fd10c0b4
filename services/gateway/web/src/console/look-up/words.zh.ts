import type { Translation } from '../../language/translation.ts';

export const lookUpZh: Translation['console']['lookUp'] = {
  title: '查询',
};
