import { useTranslation } from 'react-i18next';
import { useMemberName } from '../../personas/use-member-name.ts';

/** A member by id, and by name too where there is one. */
export const useWho = () => {
  const { t } = useTranslation();
  const nameOf = useMemberName();
  return (memberId: string): string => {
    const name = nameOf(memberId);
    return name === memberId ? memberId : t('console.lookUp.nameAndId', { name, id: memberId });
  };
};
