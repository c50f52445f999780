package Trade::Kafka;

# Apache Kafka as conf/kafka has it, one broker; and what a consumer reads.

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP;
use Trade::Process qw(free_port wait_for slurp);

# new(dir => folder, root => of the project): starts a broker of its own; with
# advertised => address, clients are told to come that way.  With users => { name
# => password } these come to $kafka->users_address by SASL PLAIN, and may do
# what ACLs say; who comes to the other address may do all.  With pom => file, it
# is of the version that stands there.
sub new {
    my ($class, %self) = @_;
    my $self = bless { %self }, $class;
    my $port = $self->{port} // free_port();
    my $controller = $self->{controller} //= free_port();
    $self->{address} = "127.0.0.1:$port";
    mkdir $self->{dir};

    my $fetch = Trade::Process->new(log => "$self->{dir}/fetch.log",
        command => ['sh', '-c', 'sh "$1" ${3:+"$3"} > "$2"', 'fetch',
            "$self->{root}/tools/kafka", "$self->{dir}/lib",
            $self->{pom} // ()]);
    $fetch->wait_end(600) && $fetch->{status} == 0
        or die 'there is no Kafka, "make deps" gets it: '
            . $fetch->last_line . "\n";
    chomp(my $lib = slurp("$self->{dir}/lib"));

    $self->{java} = ['java', '-Xmx512m', '-XX:TieredStopAtLevel=1',
        "-Dlog4j2.configurationFile=$self->{root}/conf/kafka/log4j2.properties",
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
        '-cp', "$lib/*"];

    my $conf = "$self->{dir}/server.properties";
    my $text = slurp("$self->{root}/conf/kafka/server.properties");
    $text =~ s/(advertised\.\S+:\/\/)\S+/$1$self->{advertised}/
        if $self->{advertised};
    $text =~ s/:9092/:$port/g;
    $text =~ s/:9093/:$controller/g;
    $text =~ s{^log\.dirs=.*}{log.dirs=$self->{dir}/data}m;
    $text .= $self->_users if $self->{users};
    Trade::Process::spew($conf, $text);
    $self->{conf} = $conf;

    if (!-d "$self->{dir}/data") {
        my $format = Trade::Process->new(log => "$self->{dir}/format.log",
            command => [@{ $self->{java} }, 'kafka.tools.StorageTool',
                'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', $conf]);
        $format->wait_end(60) && $format->{status} == 0
            or die 'Kafka could not make its folder: '
                . $format->last_line . "\n";
    }

    $self->start;
    return $self;
}

# at(address): a broker that runs already.
sub at {
    my ($class, $address) = @_;
    return bless { address => $address }, $class;
}

sub start {
    my ($self) = @_;
    $self->{process} = Trade::Process->new(log => "$self->{dir}/log",
        command => [@{ $self->{java} }, 'kafka.Kafka', $self->{conf}]);
    $self->wait_ready;
}

# Ready is a broker that gives an idempotent producer its id, and takes records.
sub wait_ready {
    my ($self) = @_;
    $self->{process}->wait_while(sub {
        system("echo ready | timeout 5 kcat -P -b $self->{address} -t ready "
            . '-X enable.idempotence=true -X message.timeout.ms=3000 '
            . '>/dev/null 2>&1') == 0;
    }, 90, 0.2) or die "Kafka at $self->{address} did not start: "
        . $self->{process}->last_line . "\n";
}

# Makes the topic, with as many partitions as the broker gives by default, unless
# it is there.  Whether it is there then.
sub make_topic {
    my ($self, $topic) = @_;
    return wait_for(sub {
        qx(timeout 10 kcat -L -b $self->{address} -t $topic \
            -X allow.auto.create.topics=true 2>/dev/null)
            =~ /topic "\Q$topic\E" with [1-9]\d* partitions:/;
    }, 30, 0.1);
}

# Makes all topics that a configuration of nginx names, at brokers that are there;
# once, for a broker may stand still when nginx is started again.
my %made;
sub make_topics {
    my ($conf) = @_;
    for my $block ($conf =~ /trade_kafka\s+\S+\s*\{([^}]*)\}/g) {
        my ($broker) = $block =~ /\bbrokers\s+(127\.0\.0\.1:\d+)/ or next;
        my ($topic) = $block =~ /\btopic\s+([\w.-]+)/ or next;
        $made{"$broker $topic"} ||= Trade::Kafka->at($broker)->make_topic($topic)
            if IO::Socket::INET->new(PeerAddr => $broker);
    }
}

sub _users {
    my ($self) = @_;
    my $port = free_port();
    $self->{users_address} = "127.0.0.1:$port";
    my ($plain) = $self->{address};
    my $users = join ' ', map { qq(user_$_="$self->{users}{$_}") } sort keys %{ $self->{users} };
    return <<"EOF";

listeners=PLAINTEXT://$plain,CONTROLLER://127.0.0.1:$self->{controller},SASL_PLAINTEXT://127.0.0.1:$port
advertised.listeners=PLAINTEXT://$plain,SASL_PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required $users;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
EOF
}

# t/kafka_topic.c: create, grow, set, delete, allow, deny, forget.
sub topic {
    my ($self, @command) = @_;
    system("$ENV{TRADE_OUT}/t/kafka_topic", $self->{address}, @command) == 0
        or die "kafka_topic @command\n";
}

sub users_address { $_[0]{users_address} }
sub address { $_[0]{address} }
sub pid { $_[0]{process}->pid }
sub signal { my ($self, $signal) = @_; $self->{process}->signal($signal) }
sub stop { my ($self, @how) = @_; $self->{process}->stop(@how) if $self->{process} }

# A topic as kcat shows it, a line of JSON a record, into a file.
sub dump_to {
    my ($self, $file, $topic) = @_;
    Trade::Process::spew($file, '');
    my $kcat = Trade::Process->new(log => $file,
        command => [$self->_kcat($topic)]);
    $kcat->wait_end(60) && $kcat->{status} == 0 or die "kcat: see $file\n";
}

# All records of a topic: { key, value (decoded), payload, headers, partition,
# offset }, in order of partition and offset.
sub records {
    my ($self, $topic) = @_;
    open my $k, '-|', $self->_kcat($topic) or die "kcat: $!\n";
    my @records = records_of($k);
    close $k;
    return @records;
}

sub _kcat {
    my ($self, $topic) = @_;
    return ('kcat', '-C', '-q', '-e', '-J', '-b', $self->{address}, '-t', $topic,
        '-o', 'beginning');
}

# The same from an open file of what kcat wrote.
sub records_of {
    my ($file) = @_;
    my $json = JSON::PP->new->utf8;
    my @records;
    while (my $line = <$file>) {
        my $r = $json->decode($line);
        push @records, {
            key => $r->{key}, payload => $r->{payload},
            value => eval { JSON::PP->new->decode($r->{payload}) } // undef,
            headers => { @{ $r->{headers} || [] } },
            partition => $r->{partition}, offset => $r->{offset},
        };
    }
    return sort { $a->{partition} <=> $b->{partition}
        || $a->{offset} <=> $b->{offset} } @records;
}

# The placed orders of a topic.
sub orders {
    my ($self, $topic) = @_;
    return grep { ($_->{headers}{ce_type} // '') eq 'trade.order.placed.v1' }
        $self->records($topic);
}

1;
