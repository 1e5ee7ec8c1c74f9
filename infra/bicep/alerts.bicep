// What somebody has to look at. Depth of queues is no sign here: delayed messages count, and the backlog is rows.

param name string
param location string
param tags object
param workspaceId string

@description('Clusters that are not paused.')
param clusterNames array
param actionGroupIds array
param scanAlertMinutes int

// A rule fires when its query returns a row; `by` names the column that tells rows apart.
var rules = [
  {
    name: 'poisoned'
    description: 'A message failed so often that it was poisoned. Its resource comes back by itself; the cause is in the errors of the same time.'
    severity: 2
    window: 5
    by: 'Source'
    query: '''
union
  (AppMetrics | where Name == 'aso_functions_poisoned_total' and Sum > 0 | project Source = tostring(Properties['cluster'])),
  (AppRequests | where Name in ('scan-poison', 'reconcile-poison', 'operation-poison') | project Source = Name)
| distinct Source
'''
  }
  {
    name: 'not-scanned'
    description: 'No scan of a cluster ended well for too long: changes there are not seen. The fleet page tells the problem.'
    severity: 1
    window: scanAlertMinutes
    by: 'Cluster'
    query: replace(
      '''
let scans = AppMetrics
  | where Name == 'aso_functions_scans_total'
  | summarize Good = sum(Sum) by Cluster = tostring(Properties['cluster']);
print Cluster = dynamic(CLUSTERS)
| mv-expand Cluster to typeof(string)
| join kind=leftouter scans on Cluster
| where coalesce(Good, 0.0) == 0
| project Cluster
''',
      'CLUSTERS',
      string(clusterNames)
    )
  }
  {
    name: 'overdue'
    description: 'Work is due and is not taken up: too few instances, or ARM throttles everything. The fleet page tells the oldest.'
    severity: 2
    window: 15
    by: 'Cluster'
    query: '''
AppMetrics
| where Name == 'aso_functions_overdue_rows'
| summarize Least = min(Min) by Cluster = tostring(Properties['cluster'])
| where Least > 0
| project Cluster
'''
  }
  {
    name: 'deletions-paused'
    description: 'More of a cluster was to be deleted than its limits allow: deletions wait. aso-functions deletions list CLUSTER tells which, deletions confirm CLUSTER lets them go.'
    severity: 1
    window: 120
    by: 'Cluster'
    query: '''
AppMetrics
| where Name == 'aso_functions_deletions_paused_total' and Sum > 0
| summarize by Cluster = tostring(Properties['cluster'])
'''
  }
  {
    name: 'failed-invocations'
    description: 'Invocations fail. Expected outcomes never do: this is a wrong setting, a missing role or a defect.'
    severity: 2
    window: 15
    by: 'Name'
    query: '''
AppRequests
| where Success == false
| summarize Failed = count() by Name
| where Failed > 3
| project Name
'''
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${name}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${name}: ${rule.name}'
      description: rule.description
      enabled: true
      severity: rule.severity
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT${rule.window}M'
      autoMitigate: true
      // The tables are empty when this is deployed.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            dimensions: [
              {
                name: rule.by
                operator: 'Include'
                values: ['*']
              }
            ]
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: actionGroupIds
      }
    }
  }
]
