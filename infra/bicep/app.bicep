// Plan and function app. Language, version and scale stand in functionAppConfig: Flex Consumption refuses the app settings
// that other plans use for them (FUNCTIONS_WORKER_RUNTIME, WEBSITE_RUN_FROM_PACKAGE and the like).

param name string
param location string
param tags object
param identityId string
param identityClientId string
param storageAccountName string
param deploymentContainerName string
param telemetryConnectionString string

@description('App setting to queue name. The triggers read these settings.')
param queueNames object
param clusters array
param globalSubscriptionId string
param settings object
param vaultUri string

@description('App setting to secret name.')
param kubeconfigSecrets object
param alwaysReadyInstances int
param maximumInstanceCount int
param instanceMemoryMB int
param nodeVersion string
param integrationSubnetId string

// Each function scales on its own. These three have work that waits for nobody: watches, wake-ups, checks of operations.
var alwaysReadyFunctions = ['scan', 'reconcile', 'operation']

var storageSuffix = environment().suffixes.storage

var hostSettings = {
  AzureWebJobsStorage__blobServiceUri: 'https://${storageAccountName}.blob.${storageSuffix}'
  AzureWebJobsStorage__queueServiceUri: 'https://${storageAccountName}.queue.${storageSuffix}'
  AzureWebJobsStorage__tableServiceUri: 'https://${storageAccountName}.table.${storageSuffix}'
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
}

var ownSettings = {
  ASO_FUNCTIONS_CLUSTERS: string(clusters)
  AZURE_RESOURCE_MANAGER_ENDPOINT: environment().resourceManager
  AZURE_RESOURCE_MANAGER_AUDIENCE: environment().authentication.audiences[0]
  AZURE_AUTHORITY_HOST: environment().authentication.loginEndpoint
}

var globalCredential = empty(globalSubscriptionId)
  ? {}
  : {
      AZURE_SUBSCRIPTION_ID: globalSubscriptionId
      AZURE_TENANT_ID: tenant().tenantId
      AZURE_CLIENT_ID: identityClientId
    }

var kubeconfigs = toObject(
  items(kubeconfigSecrets),
  entry => entry.key,
  entry => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${entry.value})'
)

var allSettings = union(settings, hostSettings, queueNames, ownSettings, globalCredential, kubeconfigs)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(integrationSubnetId) ? null : integrationSubnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: 'https://${storageAccountName}.blob.${storageSuffix}/${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: nodeVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: map(alwaysReadyInstances == 0 ? [] : alwaysReadyFunctions, one => {
          name: 'function:${one}'
          instanceCount: alwaysReadyInstances
        })
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: map(items(allSettings), entry => {
        name: entry.key
        value: string(entry.value)
      })
    }
  }
}

// Deployments sign in with Entra as well.
resource publishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = [
  for kind in ['scm', 'ftp']: {
    parent: app
    name: kind
    properties: {
      allow: false
    }
  }
]

output hostName string = app.properties.defaultHostName
