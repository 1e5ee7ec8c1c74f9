using 'main.bicep'

param name = 'aso-functions'

// An AKS cluster with Entra. clientId is the output identityClientId of the first deployment.
param clusters = [
  // {
  //   name: 'production'
  //   scanMode: 'watch'
  //   auth: {
  //     kind: 'entra'
  //     server: 'https://production-abc.hcp.westeurope.azmk8s.io:443'
  //     caData: '<certificate-authority-data of its kubeconfig>'
  //     clientId: '00000000-0000-0000-0000-000000000000'
  //   }
  // }
]

param alwaysReadyInstances = 1
param maximumInstanceCount = 40
