import { useTranslation } from 'react-i18next';
import type { Transfer } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { useMemberName } from '../personas/use-member-name.ts';

/** What became of a code that was passed on, as a sentence for the one whose list it is in. */
export const useFate = () => {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useMemberName();
  return ({ direction, status, from, to, until }: Transfer): string => {
    const date = format.moment(until);
    if (direction === 'received') {
      const name = nameOf(from);
      if (status === 'accepted') return t('pass.received.accepted', { name, date });
      return t(status === 'used' ? 'pass.received.used' : 'pass.received.returned', { name });
    }
    const name = to === undefined ? '' : nameOf(to);
    switch (status) {
      case 'offered':
        return t('pass.given.offered', { date });
      case 'accepted':
        return t('pass.given.accepted', { name, date });
      case 'used':
        return t('pass.given.used', { name });
      case 'withdrawn':
        return t('pass.given.withdrawn');
      case 'returned':
        return to === undefined ? t('pass.given.unaccepted', { date }) : t('pass.given.unused', { name, date });
    }
  };
};
