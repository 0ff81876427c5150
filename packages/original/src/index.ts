export { fromPostgresArgument } from './arguments';
export { describeExpectedColumns } from './expected-columns';
export { describeFailure } from './failure';
export { Original, OriginalUnreadable } from './original';
export { ImportReport, type TableReport } from './report';
export { type OriginalRow, type OriginalTable, originalTables } from './tables';
