/** The job's settings, to be read or taken away as a job file. */
import { useComputed } from '@preact/signals'
import { fileName } from './file-name.ts'
import { settingRows } from './setting-rows.ts'
import { job } from './store.ts'

export function Settings() {
  const config = useComputed(() => job.value?.config)
  const rows = useComputed(() => settingRows(config.value))
  return (
    <details class="panel">
      <summary>
        <h2>Settings</h2> <span class="small soft">the job’s whole configuration</span>
      </summary>
      <p class="caption">
        Fixed while the job runs. Save them as a job file, change what you like, and start the coordinator with{' '}
        <code>npm start -- --job FILE</code>.
      </p>
      <button type="button" onClick={() => save(config.value, `${fileName(job.value?.name ?? '')}.job.json`)}>
        Save as job file
      </button>
      <table class="settings">
        <tbody>
          {rows.value.map((row) => (
            <tr key={row.path}>
              <th scope="row" title={row.path}>
                {row.label}
              </th>
              <td>{row.value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

function save(config: unknown, name: string): void {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(config, null, 2)}\n`], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Not at once: some browsers start reading only after the click's own turn.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
