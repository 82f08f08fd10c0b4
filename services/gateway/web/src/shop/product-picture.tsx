/** A product of no brand. It says nothing that the words beside it do not say, so it is hidden from screen readers. */
export const ProductPicture = () => (
  <svg viewBox="0 0 120 120" width="100%" height="100%" aria-hidden focusable="false">
    <rect width="120" height="120" rx="12" fill="#e9edfb" />
    <rect x="38" y="16" width="44" height="88" rx="8" fill="#25306b" />
    <rect x="41" y="20" width="38" height="80" rx="5" fill="#5b76e8" />
    <path d="M41 78 79 46v49a5 5 0 0 1-5 5H46a5 5 0 0 1-5-5z" fill="#8aa0f5" />
    <circle cx="60" cy="26" r="2.2" fill="#25306b" />
  </svg>
);
