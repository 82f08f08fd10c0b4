import type { Translation } from '../../language/translation.ts';

export const grantsZh: Translation['console']['grants'] = {
  title: '发放',
};
