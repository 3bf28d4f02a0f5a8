"""The numbers that Kubernetes' protobuf gives the fields of what typed clients send and are answered: a
message a row, `1name:type` a field, `[type]` many of it, `{type}` a map of words to it. Volumes of vendors
are left out."""

ROWS = """
Affinity 1nodeAffinity:NodeAffinity 2podAffinity:PodAffinity 3podAntiAffinity:PodAntiAffinity
AggregationRule 1clusterRoleSelectors:[LabelSelector]
AppArmorProfile 1type:string 2localhostProfile:string
Binding 1metadata:ObjectMeta 2target:ObjectReference
BoundObjectReference 1kind:string 2apiVersion:string 3name:string 4uid:string
CSIVolumeSource 1driver:string 2readOnly:bool 3fsType:string 4volumeAttributes:{string}
  5nodePublishSecretRef:LocalObjectReference
Capabilities 1add:[string] 2drop:[string]
CertificateSigningRequest 1metadata:ObjectMeta 2spec:CertificateSigningRequestSpec
  3status:CertificateSigningRequestStatus
CertificateSigningRequestCondition 1type:string 2reason:string 3message:string 4lastUpdateTime:Time
  5lastTransitionTime:Time 6status:string
CertificateSigningRequestSpec 1request:bytes 2username:string 3uid:string 4groups:[string] 5usages:[string]
  6extra:{[string]} 7signerName:string 8expirationSeconds:int
CertificateSigningRequestStatus 1conditions:[CertificateSigningRequestCondition] 2certificate:bytes
ClientIPConfig 1timeoutSeconds:int
ClusterRole 1metadata:ObjectMeta 2rules:[PolicyRule] 3aggregationRule:AggregationRule
ClusterRoleBinding 1metadata:ObjectMeta 2subjects:[Subject] 3roleRef:RoleRef
Condition 1type:string 2status:string 3observedGeneration:int 4lastTransitionTime:Time 5reason:string
  6message:string
ConfigMap 1metadata:ObjectMeta 2data:{string} 3binaryData:{bytes} 4immutable:bool
ConfigMapEnvSource 1localObjectReference:LocalObjectReference 2optional:bool
ConfigMapKeySelector 1localObjectReference:LocalObjectReference 2key:string 3optional:bool
ConfigMapProjection 1localObjectReference:LocalObjectReference 2items:[KeyToPath] 4optional:bool
ConfigMapVolumeSource 1localObjectReference:LocalObjectReference 2items:[KeyToPath] 3defaultMode:int
  4optional:bool
Container 1name:string 2image:string 3command:[string] 4args:[string] 5workingDir:string
  6ports:[ContainerPort] 7env:[EnvVar] 8resources:ResourceRequirements 9volumeMounts:[VolumeMount]
  10livenessProbe:Probe 11readinessProbe:Probe 12lifecycle:Lifecycle 13terminationMessagePath:string
  14imagePullPolicy:string 15securityContext:SecurityContext 16stdin:bool 17stdinOnce:bool 18tty:bool
  19envFrom:[EnvFromSource] 20terminationMessagePolicy:string 21volumeDevices:[VolumeDevice]
  22startupProbe:Probe 23resizePolicy:[ContainerResizePolicy] 24restartPolicy:string
ContainerPort 1name:string 2hostPort:int 3containerPort:int 4protocol:string 5hostIP:string
ContainerResizePolicy 1resourceName:string 2restartPolicy:string
ContainerResourceMetricSource 1name:string 2target:MetricTarget 3container:string
ContainerResourceMetricStatus 1name:string 2current:MetricValueStatus 3container:string
ContainerState 1waiting:ContainerStateWaiting 2running:ContainerStateRunning
  3terminated:ContainerStateTerminated
ContainerStateRunning 1startedAt:Time
ContainerStateTerminated 1exitCode:int 2signal:int 3reason:string 4message:string 5startedAt:Time
  6finishedAt:Time 7containerID:string
ContainerStateWaiting 1reason:string 2message:string
ContainerStatus 1name:string 2state:ContainerState 3lastState:ContainerState 4ready:bool 5restartCount:int
  6image:string 7imageID:string 8containerID:string 9started:bool 10allocatedResources:{Quantity}
  11resources:ResourceRequirements
CronJob 1metadata:ObjectMeta 2spec:CronJobSpec 3status:CronJobStatus
CronJobSpec 1schedule:string 2startingDeadlineSeconds:int 3concurrencyPolicy:string 4suspend:bool
  5jobTemplate:JobTemplateSpec 6successfulJobsHistoryLimit:int 7failedJobsHistoryLimit:int 8timeZone:string
CronJobStatus 1active:[ObjectReference] 4lastScheduleTime:Time 5lastSuccessfulTime:Time
CrossVersionObjectReference 1kind:string 2name:string 3apiVersion:string
DaemonEndpoint 1Port:int
DeleteOptions 1gracePeriodSeconds:int 2preconditions:Preconditions 3orphanDependents:bool
  4propagationPolicy:string 5dryRun:[string] 6ignoreStoreReadErrorWithClusterBreakingPotential:bool
Deployment 1metadata:ObjectMeta 2spec:DeploymentSpec 3status:DeploymentStatus
DeploymentCondition 1type:string 2status:string 4reason:string 5message:string 6lastUpdateTime:Time
  7lastTransitionTime:Time
DeploymentSpec 1replicas:int 2selector:LabelSelector 3template:PodTemplateSpec 4strategy:DeploymentStrategy
  5minReadySeconds:int 6revisionHistoryLimit:int 7paused:bool 9progressDeadlineSeconds:int
DeploymentStatus 1observedGeneration:int 2replicas:int 3updatedReplicas:int 4availableReplicas:int
  5unavailableReplicas:int 6conditions:[DeploymentCondition] 7readyReplicas:int 8collisionCount:int
DeploymentStrategy 1type:string 2rollingUpdate:RollingUpdateDeployment
DownwardAPIProjection 1items:[DownwardAPIVolumeFile]
DownwardAPIVolumeFile 1path:string 2fieldRef:ObjectFieldSelector 3resourceFieldRef:ResourceFieldSelector
  4mode:int
DownwardAPIVolumeSource 1items:[DownwardAPIVolumeFile] 2defaultMode:int
EmptyDirVolumeSource 1medium:string 2sizeLimit:Quantity
EnvFromSource 1prefix:string 2configMapRef:ConfigMapEnvSource 3secretRef:SecretEnvSource
EnvVar 1name:string 2value:string 3valueFrom:EnvVarSource
EnvVarSource 1fieldRef:ObjectFieldSelector 2resourceFieldRef:ResourceFieldSelector
  3configMapKeyRef:ConfigMapKeySelector 4secretKeyRef:SecretKeySelector
EphemeralContainer 1ephemeralContainerCommon:EphemeralContainerCommon 2targetContainerName:string
EphemeralContainerCommon 1name:string 2image:string 3command:[string] 4args:[string] 5workingDir:string
  6ports:[ContainerPort] 7env:[EnvVar] 8resources:ResourceRequirements 9volumeMounts:[VolumeMount]
  10livenessProbe:Probe 11readinessProbe:Probe 12lifecycle:Lifecycle 13terminationMessagePath:string
  14imagePullPolicy:string 15securityContext:SecurityContext 16stdin:bool 17stdinOnce:bool 18tty:bool
  19envFrom:[EnvFromSource] 20terminationMessagePolicy:string 21volumeDevices:[VolumeDevice]
  22startupProbe:Probe 23resizePolicy:[ContainerResizePolicy] 24restartPolicy:string
EphemeralVolumeSource 1volumeClaimTemplate:PersistentVolumeClaimTemplate
Event 1metadata:ObjectMeta 2involvedObject:ObjectReference 3reason:string 4message:string
  5source:EventSource 6firstTimestamp:Time 7lastTimestamp:Time 8count:int 9type:string
  10eventTime:MicroTime 11series:EventSeries 12action:string 13related:ObjectReference
  14reportingComponent:string 15reportingInstance:string
EventSeries 1count:int 2lastObservedTime:MicroTime
EventSource 1component:string 2host:string
Eviction 1metadata:ObjectMeta 2deleteOptions:DeleteOptions
ExecAction 1command:[string]
ExternalMetricSource 1metric:MetricIdentifier 2target:MetricTarget
ExternalMetricStatus 1metric:MetricIdentifier 2current:MetricValueStatus
FieldSelectorAttributes 1rawSelector:string 2requirements:[FieldSelectorRequirement]
FieldSelectorRequirement 1key:string 2operator:string 3values:[string]
GRPCAction 1port:int 2service:string
HPAScalingPolicy 1type:string 2value:int 3periodSeconds:int
HPAScalingRules 1selectPolicy:string 2policies:[HPAScalingPolicy] 3stabilizationWindowSeconds:int
HTTPGetAction 1path:string 2port:IntOrString 3host:string 4scheme:string 5httpHeaders:[HTTPHeader]
HTTPHeader 1name:string 2value:string
HTTPIngressPath 1path:string 2backend:IngressBackend 3pathType:string
HTTPIngressRuleValue 1paths:[HTTPIngressPath]
HorizontalPodAutoscaler 1metadata:ObjectMeta 2spec:HorizontalPodAutoscalerSpec
  3status:HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerBehavior 1scaleUp:HPAScalingRules 2scaleDown:HPAScalingRules
HorizontalPodAutoscalerCondition 1type:string 2status:string 3lastTransitionTime:Time 4reason:string
  5message:string
HorizontalPodAutoscalerSpec 1scaleTargetRef:CrossVersionObjectReference 2minReplicas:int 3maxReplicas:int
  4metrics:[MetricSpec] 5behavior:HorizontalPodAutoscalerBehavior
HorizontalPodAutoscalerStatus 1observedGeneration:int 2lastScaleTime:Time 3currentReplicas:int
  4desiredReplicas:int 5currentMetrics:[MetricStatus] 6conditions:[HorizontalPodAutoscalerCondition]
HostAlias 1ip:string 2hostnames:[string]
HostIP 1ip:string
HostPathVolumeSource 1path:string 2type:string
Ingress 1metadata:ObjectMeta 2spec:IngressSpec 3status:IngressStatus
IngressBackend 3resource:TypedLocalObjectReference 4service:IngressServiceBackend
IngressLoadBalancerIngress 1ip:string 2hostname:string 4ports:[IngressPortStatus]
IngressLoadBalancerStatus 1ingress:[IngressLoadBalancerIngress]
IngressPortStatus 1port:int 2protocol:string 3error:string
IngressRule 1host:string 2ingressRuleValue:IngressRuleValue
IngressRuleValue 1http:HTTPIngressRuleValue
IngressServiceBackend 1name:string 2port:ServiceBackendPort
IngressSpec 1defaultBackend:IngressBackend 2tls:[IngressTLS] 3rules:[IngressRule] 4ingressClassName:string
IngressStatus 1loadBalancer:IngressLoadBalancerStatus
IngressTLS 1hosts:[string] 2secretName:string
Job 1metadata:ObjectMeta 2spec:JobSpec 3status:JobStatus
JobCondition 1type:string 2status:string 3lastProbeTime:Time 4lastTransitionTime:Time 5reason:string
  6message:string
JobSpec 1parallelism:int 2completions:int 3activeDeadlineSeconds:int 4selector:LabelSelector
  5manualSelector:bool 6template:PodTemplateSpec 7backoffLimit:int 8ttlSecondsAfterFinished:int
  9completionMode:string 10suspend:bool 12backoffLimitPerIndex:int 13maxFailedIndexes:int
  14podReplacementPolicy:string 15managedBy:string
JobStatus 1conditions:[JobCondition] 2startTime:Time 3completionTime:Time 4active:int 5succeeded:int
  6failed:int 7completedIndexes:string 8uncountedTerminatedPods:UncountedTerminatedPods 9ready:int
  10failedIndexes:string 11terminating:int
JobTemplateSpec 1metadata:ObjectMeta 2spec:JobSpec
KeyToPath 1key:string 2path:string 3mode:int
LabelSelector 1matchLabels:{string} 2matchExpressions:[LabelSelectorRequirement]
LabelSelectorAttributes 1rawSelector:string 2requirements:[LabelSelectorRequirement]
LabelSelectorRequirement 1key:string 2operator:string 3values:[string]
Lease 1metadata:ObjectMeta 2spec:LeaseSpec
LeaseSpec 1holderIdentity:string 2leaseDurationSeconds:int 3acquireTime:MicroTime 4renewTime:MicroTime
  5leaseTransitions:int 6strategy:string 7preferredHolder:string
Lifecycle 1postStart:LifecycleHandler 2preStop:LifecycleHandler
LifecycleHandler 1exec:ExecAction 2httpGet:HTTPGetAction 3tcpSocket:TCPSocketAction 4sleep:SleepAction
ListMeta 1selfLink:string 2resourceVersion:string 3continue:string 4remainingItemCount:int
LoadBalancerIngress 1ip:string 2hostname:string 3ipMode:string 4ports:[PortStatus]
LoadBalancerStatus 1ingress:[LoadBalancerIngress]
LocalObjectReference 1name:string
MetricIdentifier 1name:string 2selector:LabelSelector
MetricSpec 1type:string 2object:ObjectMetricSource 3pods:PodsMetricSource 4resource:ResourceMetricSource
  5external:ExternalMetricSource 7containerResource:ContainerResourceMetricSource
MetricStatus 1type:string 2object:ObjectMetricStatus 3pods:PodsMetricStatus 4resource:ResourceMetricStatus
  5external:ExternalMetricStatus 7containerResource:ContainerResourceMetricStatus
MetricTarget 1type:string 2value:Quantity 3averageValue:Quantity 4averageUtilization:int
MetricValueStatus 1value:Quantity 2averageValue:Quantity 3averageUtilization:int
ManagedFieldsEntry 1manager:string 2operation:string 3apiVersion:string 4time:Time 6fieldsType:string
  7fieldsV1:FieldsV1 8subresource:string
NFSVolumeSource 1server:string 2path:string 3readOnly:bool
Namespace 1metadata:ObjectMeta 2spec:NamespaceSpec 3status:NamespaceStatus
NamespaceCondition 1type:string 2status:string 4lastTransitionTime:Time 5reason:string 6message:string
NamespaceSpec 1finalizers:[string]
NamespaceStatus 1phase:string 2conditions:[NamespaceCondition]
Node 1metadata:ObjectMeta 2spec:NodeSpec 3status:NodeStatus
NodeAddress 1type:string 2address:string
NodeAffinity 1requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
  2preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]
NodeCondition 1type:string 2status:string 3lastHeartbeatTime:Time 4lastTransitionTime:Time 5reason:string
  6message:string
NodeDaemonEndpoints 1kubeletEndpoint:DaemonEndpoint
NodeSelector 1nodeSelectorTerms:[NodeSelectorTerm]
NodeSelectorRequirement 1key:string 2operator:string 3values:[string]
NodeSelectorTerm 1matchExpressions:[NodeSelectorRequirement] 2matchFields:[NodeSelectorRequirement]
NodeSpec 1podCIDR:string 2externalID:string 3providerID:string 4unschedulable:bool 5taints:[Taint]
  7podCIDRs:[string]
NodeStatus 1capacity:{Quantity} 2allocatable:{Quantity} 3phase:string 4conditions:[NodeCondition]
  5addresses:[NodeAddress] 6daemonEndpoints:NodeDaemonEndpoints 7nodeInfo:NodeSystemInfo
  9volumesInUse:[string]
NodeSystemInfo 1machineID:string 2systemUUID:string 3bootID:string 4kernelVersion:string 5osImage:string
  6containerRuntimeVersion:string 7kubeletVersion:string 8kubeProxyVersion:string 9operatingSystem:string
  10architecture:string
NonResourceAttributes 1path:string 2verb:string
NonResourceRule 1verbs:[string] 2nonResourceURLs:[string]
ObjectFieldSelector 1apiVersion:string 2fieldPath:string
ObjectMeta 1name:string 2generateName:string 3namespace:string 4selfLink:string 5uid:string
  6resourceVersion:string 7generation:int 8creationTimestamp:Time 9deletionTimestamp:Time
  10deletionGracePeriodSeconds:int 11labels:{string} 12annotations:{string}
  13ownerReferences:[OwnerReference] 14finalizers:[string] 17managedFields:[ManagedFieldsEntry]
ObjectMetricSource 1describedObject:CrossVersionObjectReference 2target:MetricTarget
  3metric:MetricIdentifier
ObjectMetricStatus 1metric:MetricIdentifier 2current:MetricValueStatus
  3describedObject:CrossVersionObjectReference
ObjectReference 1kind:string 2namespace:string 3name:string 4uid:string 5apiVersion:string
  6resourceVersion:string 7fieldPath:string
OwnerReference 1kind:string 3name:string 4uid:string 5apiVersion:string 6controller:bool
  7blockOwnerDeletion:bool
PersistentVolumeClaim 1metadata:ObjectMeta 2spec:PersistentVolumeClaimSpec
  3status:PersistentVolumeClaimStatus
PersistentVolumeClaimCondition 1type:string 2status:string 3lastProbeTime:Time 4lastTransitionTime:Time
  5reason:string 6message:string
PersistentVolumeClaimSpec 1accessModes:[string] 2resources:VolumeResourceRequirements 3volumeName:string
  4selector:LabelSelector 5storageClassName:string 6volumeMode:string 7dataSource:TypedLocalObjectReference
  8dataSourceRef:TypedObjectReference 9volumeAttributesClassName:string
PersistentVolumeClaimStatus 1phase:string 2accessModes:[string] 3capacity:{Quantity}
  4conditions:[PersistentVolumeClaimCondition] 5allocatedResources:{Quantity}
  7allocatedResourceStatuses:{string} 8currentVolumeAttributesClassName:string
PersistentVolumeClaimTemplate 1metadata:ObjectMeta 2spec:PersistentVolumeClaimSpec
PersistentVolumeClaimVolumeSource 1claimName:string 2readOnly:bool
Pod 1metadata:ObjectMeta 2spec:PodSpec 3status:PodStatus
PodAffinity 1requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
  2preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
PodAffinityTerm 1labelSelector:LabelSelector 2namespaces:[string] 3topologyKey:string
  4namespaceSelector:LabelSelector 5matchLabelKeys:[string] 6mismatchLabelKeys:[string]
PodAntiAffinity 1requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
  2preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
PodCondition 1type:string 2status:string 3lastProbeTime:Time 4lastTransitionTime:Time 5reason:string
  6message:string
PodDNSConfig 1nameservers:[string] 2searches:[string] 3options:[PodDNSConfigOption]
PodDNSConfigOption 1name:string 2value:string
PodDisruptionBudget 1metadata:ObjectMeta 2spec:PodDisruptionBudgetSpec 3status:PodDisruptionBudgetStatus
PodDisruptionBudgetSpec 1minAvailable:IntOrString 2selector:LabelSelector 3maxUnavailable:IntOrString
  4unhealthyPodEvictionPolicy:string
PodDisruptionBudgetStatus 1observedGeneration:int 2disruptedPods:{Time} 3disruptionsAllowed:int
  4currentHealthy:int 5desiredHealthy:int 6expectedPods:int 7conditions:[Condition]
PodIP 1ip:string
PodOS 1name:string
PodReadinessGate 1conditionType:string
PodSchedulingGate 1name:string
PodSecurityContext 1seLinuxOptions:SELinuxOptions 2runAsUser:int 3runAsNonRoot:bool
  4supplementalGroups:[int] 5fsGroup:int 6runAsGroup:int 7sysctls:[Sysctl]
  8windowsOptions:WindowsSecurityContextOptions 9fsGroupChangePolicy:string 10seccompProfile:SeccompProfile
  11appArmorProfile:AppArmorProfile 12supplementalGroupsPolicy:string 13seLinuxChangePolicy:string
PodSpec 1volumes:[Volume] 2containers:[Container] 3restartPolicy:string 4terminationGracePeriodSeconds:int
  5activeDeadlineSeconds:int 6dnsPolicy:string 7nodeSelector:{string} 8serviceAccountName:string
  9serviceAccount:string 10nodeName:string 11hostNetwork:bool 12hostPID:bool 13hostIPC:bool
  14securityContext:PodSecurityContext 15imagePullSecrets:[LocalObjectReference] 16hostname:string
  17subdomain:string 18affinity:Affinity 19schedulerName:string 20initContainers:[Container]
  21automountServiceAccountToken:bool 22tolerations:[Toleration] 23hostAliases:[HostAlias]
  24priorityClassName:string 25priority:int 26dnsConfig:PodDNSConfig 27shareProcessNamespace:bool
  28readinessGates:[PodReadinessGate] 29runtimeClassName:string 30enableServiceLinks:bool
  31preemptionPolicy:string 32overhead:{Quantity} 33topologySpreadConstraints:[TopologySpreadConstraint]
  34ephemeralContainers:[EphemeralContainer] 35setHostnameAsFQDN:bool 36os:PodOS 37hostUsers:bool
  38schedulingGates:[PodSchedulingGate] 40resources:ResourceRequirements
PodStatus 1phase:string 2conditions:[PodCondition] 3message:string 4reason:string 5hostIP:string
  6podIP:string 7startTime:Time 8containerStatuses:[ContainerStatus] 9qosClass:string
  10initContainerStatuses:[ContainerStatus] 11nominatedNodeName:string 12podIPs:[PodIP]
  13ephemeralContainerStatuses:[ContainerStatus] 14resize:string 16hostIPs:[HostIP]
PodTemplateSpec 1metadata:ObjectMeta 2spec:PodSpec
PodsMetricSource 1metric:MetricIdentifier 2target:MetricTarget
PodsMetricStatus 1metric:MetricIdentifier 2current:MetricValueStatus
PolicyRule 1verbs:[string] 2apiGroups:[string] 3resources:[string] 4resourceNames:[string]
  5nonResourceURLs:[string]
PortStatus 1port:int 2protocol:string 3error:string
Preconditions 1uid:string 2resourceVersion:string
PreferredSchedulingTerm 1weight:int 2preference:NodeSelectorTerm
Probe 1handler:ProbeHandler 2initialDelaySeconds:int 3timeoutSeconds:int 4periodSeconds:int
  5successThreshold:int 6failureThreshold:int 7terminationGracePeriodSeconds:int
ProbeHandler 1exec:ExecAction 2httpGet:HTTPGetAction 3tcpSocket:TCPSocketAction 4grpc:GRPCAction
ProjectedVolumeSource 1sources:[VolumeProjection] 2defaultMode:int
ReplicaSet 1metadata:ObjectMeta 2spec:ReplicaSetSpec 3status:ReplicaSetStatus
ReplicaSetCondition 1type:string 2status:string 3lastTransitionTime:Time 4reason:string 5message:string
ReplicaSetSpec 1replicas:int 2selector:LabelSelector 3template:PodTemplateSpec 4minReadySeconds:int
ReplicaSetStatus 1replicas:int 2fullyLabeledReplicas:int 3observedGeneration:int 4readyReplicas:int
  5availableReplicas:int 6conditions:[ReplicaSetCondition]
ResourceAttributes 1namespace:string 2verb:string 3group:string 4version:string 5resource:string
  6subresource:string 7name:string 8fieldSelector:FieldSelectorAttributes
  9labelSelector:LabelSelectorAttributes
ResourceClaim 1name:string 2request:string
ResourceFieldSelector 1containerName:string 2resource:string 3divisor:Quantity
ResourceMetricSource 1name:string 2target:MetricTarget
ResourceMetricStatus 1name:string 2current:MetricValueStatus
ResourceQuota 1metadata:ObjectMeta 2spec:ResourceQuotaSpec 3status:ResourceQuotaStatus
ResourceQuotaSpec 1hard:{Quantity} 2scopes:[string] 3scopeSelector:ScopeSelector
ResourceQuotaStatus 1hard:{Quantity} 2used:{Quantity}
ResourceRequirements 1limits:{Quantity} 2requests:{Quantity} 3claims:[ResourceClaim]
ResourceRule 1verbs:[string] 2apiGroups:[string] 3resources:[string] 4resourceNames:[string]
Role 1metadata:ObjectMeta 2rules:[PolicyRule]
RoleBinding 1metadata:ObjectMeta 2subjects:[Subject] 3roleRef:RoleRef
RoleRef 1apiGroup:string 2kind:string 3name:string
RollingUpdateDeployment 1maxUnavailable:IntOrString 2maxSurge:IntOrString
SELinuxOptions 1user:string 2role:string 3type:string 4level:string
Scale 1metadata:ObjectMeta 2spec:ScaleSpec 3status:ScaleStatus
ScaleSpec 1replicas:int
ScaleStatus 1replicas:int 2selector:string
ScopeSelector 1matchExpressions:[ScopedResourceSelectorRequirement]
ScopedResourceSelectorRequirement 1scopeName:string 2operator:string 3values:[string]
SeccompProfile 1type:string 2localhostProfile:string
Secret 1metadata:ObjectMeta 2data:{bytes} 3type:string 4stringData:{string} 5immutable:bool
SecretEnvSource 1localObjectReference:LocalObjectReference 2optional:bool
SecretKeySelector 1localObjectReference:LocalObjectReference 2key:string 3optional:bool
SecretProjection 1localObjectReference:LocalObjectReference 2items:[KeyToPath] 4optional:bool
SecretVolumeSource 1secretName:string 2items:[KeyToPath] 3defaultMode:int 4optional:bool
SecurityContext 1capabilities:Capabilities 2privileged:bool 3seLinuxOptions:SELinuxOptions 4runAsUser:int
  5runAsNonRoot:bool 6readOnlyRootFilesystem:bool 7allowPrivilegeEscalation:bool 8runAsGroup:int
  9procMount:string 10windowsOptions:WindowsSecurityContextOptions 11seccompProfile:SeccompProfile
  12appArmorProfile:AppArmorProfile
SelfSubjectAccessReview 1metadata:ObjectMeta 2spec:SelfSubjectAccessReviewSpec
  3status:SubjectAccessReviewStatus
SelfSubjectAccessReviewSpec 1resourceAttributes:ResourceAttributes
  2nonResourceAttributes:NonResourceAttributes
SelfSubjectReview 1metadata:ObjectMeta 2status:SelfSubjectReviewStatus
SelfSubjectReviewStatus 1userInfo:UserInfo
SelfSubjectRulesReview 1metadata:ObjectMeta 2spec:SelfSubjectRulesReviewSpec
  3status:SubjectRulesReviewStatus
SelfSubjectRulesReviewSpec 1namespace:string
Service 1metadata:ObjectMeta 2spec:ServiceSpec 3status:ServiceStatus
ServiceAccount 1metadata:ObjectMeta 2secrets:[ObjectReference] 3imagePullSecrets:[LocalObjectReference]
  4automountServiceAccountToken:bool
ServiceAccountTokenProjection 1audience:string 2expirationSeconds:int 3path:string
ServiceBackendPort 1name:string 2number:int
ServicePort 1name:string 2protocol:string 3port:int 4targetPort:IntOrString 5nodePort:int
  6appProtocol:string
ServiceSpec 1ports:[ServicePort] 2selector:{string} 3clusterIP:string 4type:string 5externalIPs:[string]
  7sessionAffinity:string 8loadBalancerIP:string 9loadBalancerSourceRanges:[string] 10externalName:string
  11externalTrafficPolicy:string 12healthCheckNodePort:int 13publishNotReadyAddresses:bool
  14sessionAffinityConfig:SessionAffinityConfig 17ipFamilyPolicy:string 18clusterIPs:[string]
  19ipFamilies:[string] 20allocateLoadBalancerNodePorts:bool 21loadBalancerClass:string
  22internalTrafficPolicy:string 23trafficDistribution:string
ServiceStatus 1loadBalancer:LoadBalancerStatus 2conditions:[Condition]
SessionAffinityConfig 1clientIP:ClientIPConfig
SleepAction 1seconds:int
Status 1metadata:ListMeta 2status:string 3message:string 4reason:string 5details:StatusDetails 6code:int
StatusCause 1reason:string 2message:string 3field:string
StatusDetails 1name:string 2group:string 3kind:string 4causes:[StatusCause] 5retryAfterSeconds:int
  6uid:string
Subject 1kind:string 2apiGroup:string 3name:string 4namespace:string
SubjectAccessReviewStatus 1allowed:bool 2reason:string 3evaluationError:string 4denied:bool
SubjectRulesReviewStatus 1resourceRules:[ResourceRule] 2nonResourceRules:[NonResourceRule] 3incomplete:bool
  4evaluationError:string
Sysctl 1name:string 2value:string
TCPSocketAction 1port:IntOrString 2host:string
Taint 1key:string 2value:string 3effect:string 4timeAdded:Time
TokenRequest 1metadata:ObjectMeta 2spec:TokenRequestSpec 3status:TokenRequestStatus
TokenRequestSpec 1audiences:[string] 3boundObjectRef:BoundObjectReference 4expirationSeconds:int
TokenRequestStatus 1token:string 2expirationTimestamp:Time
Toleration 1key:string 2operator:string 3value:string 4effect:string 5tolerationSeconds:int
TopologySpreadConstraint 1maxSkew:int 2topologyKey:string 3whenUnsatisfiable:string
  4labelSelector:LabelSelector 5minDomains:int 6nodeAffinityPolicy:string 7nodeTaintsPolicy:string
  8matchLabelKeys:[string]
TypedLocalObjectReference 1apiGroup:string 2kind:string 3name:string
TypedObjectReference 1apiGroup:string 2kind:string 3name:string 4namespace:string
UncountedTerminatedPods 1succeeded:[string] 2failed:[string]
UserInfo 1username:string 2uid:string 3groups:[string] 4extra:{[string]}
Volume 1name:string 2volumeSource:VolumeSource
VolumeDevice 1name:string 2devicePath:string
VolumeMount 1name:string 2readOnly:bool 3mountPath:string 4subPath:string 5mountPropagation:string
  6subPathExpr:string 7recursiveReadOnly:string
VolumeProjection 1secret:SecretProjection 2downwardAPI:DownwardAPIProjection 3configMap:ConfigMapProjection
  4serviceAccountToken:ServiceAccountTokenProjection
VolumeResourceRequirements 1limits:{Quantity} 2requests:{Quantity}
VolumeSource 1hostPath:HostPathVolumeSource 2emptyDir:EmptyDirVolumeSource 6secret:SecretVolumeSource
  7nfs:NFSVolumeSource 10persistentVolumeClaim:PersistentVolumeClaimVolumeSource
  16downwardAPI:DownwardAPIVolumeSource 19configMap:ConfigMapVolumeSource 26projected:ProjectedVolumeSource
  28csi:CSIVolumeSource 29ephemeral:EphemeralVolumeSource
WeightedPodAffinityTerm 1weight:int 2podAffinityTerm:PodAffinityTerm
WindowsSecurityContextOptions 1gmsaCredentialSpecName:string 2gmsaCredentialSpec:string
  3runAsUserName:string 4hostProcess:bool
"""
