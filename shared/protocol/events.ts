/** Names of the events, in one place. Fields and acks are in participant.ts and dashboard.ts. */
export const EVENTS = {
  /** client → coordinator */
  hello: 'hello',
  availability: 'availability',
  accept: 'accept',
  decline: 'decline',
  progress: 'progress',
  updateBegin: 'update:begin',
  updateChunk: 'update:chunk',
  updateCommit: 'update:commit',
  /** coordinator → client */
  task: 'task',
  taskCancel: 'task:cancel',
  taskSettled: 'task:settled',
  present: 'present',
  dismissed: 'dismissed',
  job: 'job',
  /** coordinator → dashboard */
  snapshot: 'snapshot',
  changes: 'changes',
} as const

/** Socket.IO's namespaces. */
export const NAMESPACES = { participant: '/', dashboard: '/dashboard' } as const
