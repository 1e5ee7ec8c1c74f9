// One function app on the Flex Consumption plan with everything it needs. Deploy into a resource group of its own.

@description('Short name that the resource names are made of.')
@minLength(3)
@maxLength(16)
param name string = 'aso-functions'

param location string = resourceGroup().location

param tags object = {}

@description('The clusters to manage: entries as in infra/README.md. They hold references to credentials, never credentials.')
param clusters array = []

@description('Subscription that the app manages with its own identity where no namespaced credential exists. Empty: namespaced credentials only.')
param globalSubscriptionId string = ''

@description('More app settings of infra/guide/settings.md, by name. No secrets: use kubeconfigSecrets.')
param settings object = {}

@description('Instances that are always ready. scanMode "watch" needs one of each; 0 scales to zero and suits "poll".')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 1

@description('Upper limit over all functions. No rate limiter: requests to Azure are limited by the app itself.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@allowed(['22', '24'])
param nodeVersion string = '22'

@description('Subnet for outgoing traffic, delegated to Microsoft.App/environments and used by nothing else. Empty: no virtual network.')
param integrationSubnetId string = ''

@description('Kubeconfigs in a key vault that is made for them: name of the app setting to name of the secret. Empty: no vault.')
param kubeconfigSecrets object = {}

@description('Action groups that the alerts call.')
param actionGroupIds array = []

@description('A cluster that no scan reached for this long raises an alert.')
@allowed([10, 15, 30, 45])
param scanAlertMinutes int = 15

@minValue(30)
@maxValue(730)
param retentionInDays int = 30

var suffix = uniqueString(resourceGroup().id, name)
var appName = '${name}-${suffix}'
var queueNames = {
  SCAN_QUEUE: 'aso-scan'
  RECONCILE_QUEUE: 'aso-reconcile'
  OPERATION_QUEUE: 'aso-operation'
}
var hasVault = !empty(kubeconfigSecrets)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${name}-${suffix}'
  location: location
  tags: tags
}

module storage 'bicep/storage.bicep' = {
  name: '${name}-storage'
  params: {
    name: take('${replace(toLower(name), '-', '')}${suffix}', 24)
    location: location
    tags: tags
    queueNames: map(items(queueNames), entry => entry.value)
    principalId: identity.properties.principalId
  }
}

module monitoring 'bicep/monitoring.bicep' = {
  name: '${name}-monitoring'
  params: {
    name: appName
    location: location
    tags: tags
    retentionInDays: retentionInDays
    principalId: identity.properties.principalId
  }
}

module vault 'bicep/vault.bicep' = if (hasVault) {
  name: '${name}-vault'
  params: {
    name: take('kv-${suffix}', 24)
    location: location
    tags: tags
    principalId: identity.properties.principalId
  }
}

// The roles are in the modules above: the app starts after it has them.
module app 'bicep/app.bicep' = {
  name: '${name}-app'
  params: {
    name: appName
    location: location
    tags: tags
    identityId: identity.id
    identityClientId: identity.properties.clientId
    storageAccountName: storage.outputs.name
    deploymentContainerName: storage.outputs.deploymentContainerName
    telemetryConnectionString: monitoring.outputs.connectionString
    queueNames: queueNames
    clusters: clusters
    globalSubscriptionId: globalSubscriptionId
    settings: settings
    vaultUri: hasVault ? vault!.outputs.uri : ''
    kubeconfigSecrets: kubeconfigSecrets
    alwaysReadyInstances: alwaysReadyInstances
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    nodeVersion: nodeVersion
    integrationSubnetId: integrationSubnetId
  }
}

module alerts 'bicep/alerts.bicep' = {
  name: '${name}-alerts'
  params: {
    name: appName
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    clusterNames: map(filter(clusters, cluster => !(cluster.?paused ?? false)), cluster => cluster.name)
    actionGroupIds: actionGroupIds
    scanAlertMinutes: scanAlertMinutes
  }
}

output functionAppName string = appName
output identityClientId string = identity.properties.clientId
output identityPrincipalId string = identity.properties.principalId
output vaultName string = hasVault ? vault!.outputs.name : ''
output fleetUrl string = 'https://${app.outputs.hostName}/api/fleet'
