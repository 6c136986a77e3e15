module parlel/conformance/rabbitmq

go 1.26.0

require (
	github.com/michaelklishin/rabbit-hole/v3 v3.5.0
	github.com/rabbitmq/amqp091-go v1.16.0
	parlel/conformance/checks v0.0.0
)

replace parlel/conformance/checks => ../../go
