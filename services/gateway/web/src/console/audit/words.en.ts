export const auditEn = {
  title: 'Audit log',
};
