package Trade::KafkaMock;

# librdkafka's mock cluster in a process of its own, for what real brokers can't
# be made to do; t/kafka_mock.c has its commands.
#
#   my $mock = Trade::KafkaMock->new;
#   ... nginx on $mock->address, Trade::Kafka->at($mock->address) ...
#   $mock->do('topic', $topic);
#
# Each command returns when it is in effect.

use strict;
use warnings;

use IPC::Open2;

sub new {
    my ($class) = @_;
    my $self = bless {}, $class;
    $self->{pid} = open2($self->{from}, $self->{into}, "$ENV{TRADE_OUT}/t/kafka_mock");
    chomp($self->{address} = readline $self->{from});
    return $self;
}

sub address { $_[0]{address} }
sub pid { $_[0]{pid} }

sub do {
    my ($self, @command) = @_;
    print { $self->{into} } "@command\n";
    readline($self->{from}) eq "ok\n" or die "kafka_mock: @command\n";
}

1;
