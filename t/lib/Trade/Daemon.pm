package Trade::Daemon;

# A Trade::Nginx that has left its terminal, for only such a one can be
# replaced by another binary: its master is whoever the pid file names.

use strict;
use warnings;

use parent 'Trade::Nginx';
use Trade::Process qw(slurp wait_for wait_port);

sub start {
    my ($self) = @_;
    $self->_patient;
    Trade::Kafka::make_topics(slurp("$self->{dir}/nginx.conf"));
    my $p = Trade::Process->new(log => "$self->{dir}/stderr",
        env => $self->{env}, command => [$self->_command]);
    $p->wait_end(20);
    wait_port($self->{port}, 20) && wait_for(sub { $self->pid }, 5)
        or die "nginx did not start:\n" . slurp("$self->{dir}/stderr");
    $self->{masters}{ $self->pid } = 1;
    return $self;
}

# It finds its binary again by the path that it was started with.
sub _command {
    my ($self, @args) = @_;
    my ($nginx, @rest) = $self->SUPER::_command(@args);
    my ($path) = $nginx =~ m{/} ? $nginx
        : grep { -x } map { "$_/$nginx" } split(/:/, $ENV{PATH}), '/usr/sbin';
    return ($path, @rest);
}

# 0 while there is none.
sub pid {
    my ($self) = @_;
    my ($pid) = slurp("$self->{dir}/nginx.pid") =~ /^(\d+)$/m;
    return $pid && kill(0, $pid) ? $pid : 0;
}

sub signal {
    my ($self, $signal) = @_;
    my $pid = $self->pid;
    kill $signal, $pid if $pid;
}

# A new binary beside the old one: the pids of the masters, old and new.
sub upgrade {
    my ($self) = @_;
    my $old = $self->pid;
    kill 'USR2', $old;
    my $new = wait_for(sub { my $pid = $self->pid; $pid && $pid != $old && $pid },
        20) or die "no new binary\n";
    $self->{masters}{$new} = 1;
    return ($old, $new);
}

# Ends all masters there were.
sub stop {
    my ($self, $signal, $seconds) = @_;
    for my $pid (keys %{ $self->{masters} }) {
        kill $signal // 'TERM', $pid;
        next if wait_for(sub { !kill 0, $pid }, $seconds // 10);
        kill 'KILL', $pid, workers_of($pid);
    }
    $self->{masters} = {};
}

sub workers { my ($self) = @_; return workers_of($self->pid) }

sub workers_of {
    my ($pid) = @_;
    open my $ps, '-|', 'ps', '-o', 'pid=,args=', '--ppid', $pid or die $!;
    return map { /^\s*(\d+) (?:nginx|angie): worker process(?: #\d+)?$/ ? $1 : () } <$ps>;
}

1;
