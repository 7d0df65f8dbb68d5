-- Health of a MySQL object for Argo CD: resource.customizations.health.otus.homework_MySQL in argocd-cm.
-- Argo CD itself shows an object that is being deleted as Progressing, without asking this.
local health = { status = "Progressing", message = "Waiting for the operator" }
local status = obj.status or {}

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local stalled, ready = conditions.Stalled, conditions.Ready
if stalled and stalled.status == "True" and stalled.observedGeneration == obj.metadata.generation then
  health.status, health.message = "Degraded", stalled.reason .. ": " .. stalled.message
elseif status.observedGeneration ~= obj.metadata.generation or ready == nil then
  health.message = status.message or health.message -- what is seen is not what the spec asks for yet
elseif ready.status == "True" then
  health.status, health.message = "Healthy", ready.message
else
  health.message = status.message or ready.message
end
return health
