export const grantsEn = {
  title: 'Grants',
};
