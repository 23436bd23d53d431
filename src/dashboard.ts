/** `fiber-work/dashboard`: the web page and the HTTP API as a part of a server of yours. */
export { type FiberWorkDashboard, fiberWorkDashboard } from './api/mount/dashboard.ts'
export type { DashboardOptions, DashboardToken, DashboardUser } from './api/mount/options.ts'
