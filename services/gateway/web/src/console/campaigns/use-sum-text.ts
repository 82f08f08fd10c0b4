import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import type { Preview } from './preview-query.ts';

/** How many members get how much in all, as a sentence without its end. */
export const useSumText = () => {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ members, nobody, codes }: Preview): string =>
    t('console.campaigns.preview.sum', {
      got: format.number(members - nobody),
      members: format.number(members),
      codes: t('console.campaigns.preview.codes', { count: codes, codes: format.number(codes) }),
    });
};
