import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';

const key = 'fcode.invite';

/** The link by which the visitor came: from the address, and kept until the order is paid. */
export const useInviteId = () => {
  const [search, setSearch] = useSearchParams();
  const inAddress = search.get('invite');
  const [inviteId, setInviteId] = useState(inAddress ?? sessionStorage.getItem(key) ?? undefined);

  useEffect(() => {
    if (inAddress === null) return;
    sessionStorage.setItem(key, inAddress);
    setInviteId(inAddress);
  }, [inAddress]);

  const forget = () => {
    sessionStorage.removeItem(key);
    setInviteId(undefined);
    setSearch(
      (current) => {
        current.delete('invite');
        return current;
      },
      { replace: true },
    );
  };
  return { inviteId, forget };
};
