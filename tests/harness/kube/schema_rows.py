"""The types of the pretended API, a row each: the fields that manifests of tests and clients' own requests
use. `name:type`, with `!` after the name of a field that must be there; a type is a word, another row's name,
or

    [type]        a list replaced as a whole        [type]/a,b   a list of parts known by these fields
    {type}        a map of names to it              [type]=      a list that is a set
    any           whatever there is                 [type]+a     the first for patches, the whole for apply

Of a type that is only `any` nothing is checked."""

_META = """
ObjectMeta name:string namespace:string generateName:string labels:{string} annotations:{string} uid:string \
 resourceVersion:string generation:int creationTimestamp:time deletionTimestamp:time selfLink:string \
 deletionGracePeriodSeconds:int finalizers:[string]= ownerReferences:[OwnerReference]/uid managedFields:[any]
OwnerReference apiVersion!:string kind!:string name!:string uid!:string controller:bool \
 blockOwnerDeletion:bool
LabelSelector matchLabels:{string} matchExpressions:[LabelSelectorRequirement]
LabelSelectorRequirement key!:string operator!:string values:[string]
Condition type!:string status!:string reason:string message:string lastTransitionTime:time \
 lastUpdateTime:time lastProbeTime:time lastHeartbeatTime:time observedGeneration:int
"""

_POD = """
PodTemplateSpec metadata:ObjectMeta spec:PodSpec
PodSpec containers!:[Container]/name initContainers:[Container]/name \
 ephemeralContainers:[EphemeralContainer]/name volumes:[Volume]/name restartPolicy:string nodeName:string \
 terminationGracePeriodSeconds:int activeDeadlineSeconds:int dnsPolicy:string nodeSelector:{string} \
 serviceAccountName:string serviceAccount:string automountServiceAccountToken:bool hostNetwork:bool \
 hostPID:bool hostIPC:bool shareProcessNamespace:bool securityContext:any \
 imagePullSecrets:[LocalObjectReference]/name hostname:string subdomain:string affinity:any \
 schedulerName:string tolerations:[any] hostAliases:[any]/ip priorityClassName:string priority:int \
 readinessGates:[any] runtimeClassName:string enableServiceLinks:bool preemptionPolicy:string overhead:any \
 topologySpreadConstraints:[any] setHostnameAsFQDN:bool os:any hostUsers:bool dnsConfig:any
Container name!:string image:string command:[string] args:[string] workingDir:string \
 ports:[ContainerPort]/containerPort,protocol envFrom:[any] env:[EnvVar]/name resources:any \
 resizePolicy:[any] \
 restartPolicy:string volumeMounts:[VolumeMount]/mountPath volumeDevices:[any] livenessProbe:any \
 readinessProbe:any startupProbe:any lifecycle:any terminationMessagePath:string \
 terminationMessagePolicy:string imagePullPolicy:string securityContext:any stdin:bool stdinOnce:bool tty:bool
EphemeralContainer @Container targetContainerName:string
ContainerPort name:string hostPort:int containerPort!:int protocol:string hostIP:string
EnvVar name!:string value:string valueFrom:any
Volume @any name!:string
VolumeMount name!:string readOnly:bool mountPath!:string subPath:string subPathExpr:string \
 mountPropagation:string recursiveReadOnly:string
LocalObjectReference name:string
PodStatus phase:string conditions:[Condition]/type message:string reason:string nominatedNodeName:string \
 hostIP:string hostIPs:[any] podIP:string podIPs:[PodIP]/ip startTime:time initContainerStatuses:[any] \
 containerStatuses:[any] ephemeralContainerStatuses:[any] qosClass:string resize:string
PodIP ip:string
"""

_APPS = """
DeploymentSpec replicas:int selector!:LabelSelector template!:PodTemplateSpec strategy:any \
 minReadySeconds:int revisionHistoryLimit:int paused:bool progressDeadlineSeconds:int
DeploymentStatus observedGeneration:int replicas:int updatedReplicas:int readyReplicas:int \
 availableReplicas:int unavailableReplicas:int conditions:[Condition]/type collisionCount:int
ReplicaSetSpec replicas:int minReadySeconds:int selector!:LabelSelector template:PodTemplateSpec
ReplicaSetStatus replicas!:int fullyLabeledReplicas:int readyReplicas:int availableReplicas:int \
 observedGeneration:int conditions:[Condition]/type
StatefulSetSpec replicas:int selector!:LabelSelector template!:PodTemplateSpec volumeClaimTemplates:[any] \
 serviceName:string podManagementPolicy:string updateStrategy:any revisionHistoryLimit:int \
 minReadySeconds:int \
 persistentVolumeClaimRetentionPolicy:any ordinals:any
DaemonSetSpec selector!:LabelSelector template!:PodTemplateSpec updateStrategy:any minReadySeconds:int \
 revisionHistoryLimit:int
JobSpec parallelism:int completions:int activeDeadlineSeconds:int backoffLimit:int selector:LabelSelector \
 manualSelector:bool template!:PodTemplateSpec ttlSecondsAfterFinished:int completionMode:string \
 suspend:bool \
 podFailurePolicy:any podReplacementPolicy:string backoffLimitPerIndex:int maxFailedIndexes:int
ScaleSpec replicas:int
ScaleStatus replicas!:int selector:string
"""

_CORE = """
ServiceSpec ports:[ServicePort]/port,protocol selector:{string} clusterIP:string clusterIPs:[string] \
 type:string externalIPs:[string] sessionAffinity:string loadBalancerIP:string externalName:string \
 externalTrafficPolicy:string healthCheckNodePort:int publishNotReadyAddresses:bool \
 sessionAffinityConfig:any ipFamilies:[string] ipFamilyPolicy:string allocateLoadBalancerNodePorts:bool \
 loadBalancerClass:string internalTrafficPolicy:string trafficDistribution:string \
 loadBalancerSourceRanges:[string]
ServicePort name:string protocol:string appProtocol:string port!:int targetPort:intstr nodePort:int
NamespaceSpec finalizers:[string]
NamespaceStatus phase:string conditions:[Condition]/type
NodeSpec podCIDR:string podCIDRs:[string]= providerID:string unschedulable:bool taints:[any] \
 configSource:any \
 externalID:string
NodeStatus @any conditions:[Condition]/type
ObjectReference kind:string namespace:string name:string uid:string apiVersion:string resourceVersion:string \
 fieldPath:string
"""

_ACCESS = """
PolicyRule verbs!:[string] apiGroups:[string] resources:[string] resourceNames:[string] \
 nonResourceURLs:[string]
Subject kind!:string apiGroup:string name!:string namespace:string
RoleRef apiGroup!:string kind!:string name!:string
CertificateSigningRequestSpec request!:string signerName!:string expirationSeconds:int usages:[string] \
 username:string uid:string groups:[string] extra:any
CertificateSigningRequestStatus conditions:[Condition]/type certificate:string
CustomResourceDefinitionSpec group!:string names!:any scope!:string versions!:[any] conversion:any \
 preserveUnknownFields:bool
"""

# What each kind has beside apiVersion, kind and metadata; kinds without a row have `spec:any status:any`.
_KINDS = """
Pod spec:PodSpec status:PodStatus
Service spec:ServiceSpec status:any
ConfigMap data:{string} binaryData:{string} immutable:bool
Secret data:{string} stringData:{string} type:string immutable:bool
Event involvedObject!:ObjectReference reason:string message:string source:any firstTimestamp:time \
 lastTimestamp:time count:int type:string eventTime:time series:any action:string related:ObjectReference \
 reportingComponent:string reportingInstance:string
Endpoints subsets:[any]
EndpointSlice addressType!:string endpoints!:[any] ports:[any]
ServiceAccount secrets:[ObjectReference]+name imagePullSecrets:[LocalObjectReference]+name \
 automountServiceAccountToken:bool
Namespace spec:NamespaceSpec status:NamespaceStatus
Node spec:NodeSpec status:NodeStatus
Deployment spec:DeploymentSpec status:DeploymentStatus
ReplicaSet spec:ReplicaSetSpec status:ReplicaSetStatus
StatefulSet spec:StatefulSetSpec status:any
DaemonSet spec:DaemonSetSpec status:any
ControllerRevision data:any revision!:int
Job spec:JobSpec status:any
Scale spec:ScaleSpec status:ScaleStatus
Role rules:[PolicyRule]
ClusterRole rules:[PolicyRule] aggregationRule:any
RoleBinding subjects:[Subject] roleRef!:RoleRef
ClusterRoleBinding subjects:[Subject] roleRef!:RoleRef
CertificateSigningRequest spec!:CertificateSigningRequestSpec status:CertificateSigningRequestStatus
CustomResourceDefinition spec!:CustomResourceDefinitionSpec status:any
MutatingWebhookConfiguration webhooks:[any]/name
ValidatingWebhookConfiguration webhooks:[any]/name
StorageClass @any provisioner!:string
PodTemplate template:PodTemplateSpec
Binding target!:ObjectReference
Eviction deleteOptions:any
"""

TYPES = _META + _POD + _APPS + _CORE + _ACCESS
KINDS = _KINDS

WORDS = {
    "Pod": "Pod is a collection of containers that can run on a host. This resource is created by clients "
           "and scheduled onto hosts.",
    "PodSpec": "PodSpec is a description of a pod.",
    "Container": "A single application container that you want to run within a pod.",
    "Deployment": "Deployment enables declarative updates for Pods and ReplicaSets.",
    "DeploymentSpec": "DeploymentSpec is the specification of the desired behavior of the Deployment.",
    "ObjectMeta": "ObjectMeta is metadata that all persisted resources must have, which includes all objects "
                  "users must create.",
    "ConfigMap": "ConfigMap holds configuration data for pods to consume.",
    "Secret": "Secret holds secret data of a certain type.",
    "Namespace": "Namespace provides a scope for Names. Use of multiple namespaces is optional.",
}
