import { useTranslation } from 'react-i18next';
import { wordOf } from './actions.ts';

/** What somebody did, after their name; an action that these pages do not know, by its own name. */
export const useDid = () => {
  const { t } = useTranslation();
  return (action: string): string => {
    const word = wordOf(action);
    return word === undefined ? action : t(`console.audit.did.${word}`);
  };
};
